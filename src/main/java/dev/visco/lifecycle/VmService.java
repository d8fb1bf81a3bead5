package dev.visco.lifecycle;

import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.verify.BootReport;
import dev.visco.wire.CreateRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the API asks of the life cycle. Every call throws {@link dev.visco.model.Refused} for what
 * cannot be.
 */
public interface VmService {
  /**
   * Records a new VM and returns at once.
   *
   * @param idempotencyKey null for none; the same key with the same request gives the same VM, with
   *     another request a conflict
   */
  Vm create(CreateRequest request, @Nullable String idempotencyKey);

  /** Newest first; destroyed ones only when {@code all}. */
  List<Vm> list(boolean all);

  /**
   * One page of them.
   *
   * @param user whose, null for everybody's
   * @param limit how many at most
   * @param before the last one of the page before this; null for the first page
   */
  List<Vm> page(boolean all, @Nullable String user, int limit, @Nullable VmId before);

  Vm vm(VmId id);

  /** Records that it is to be destroyed and returns at once; safe to repeat. */
  Vm destroy(VmId id);

  /**
   * The VM once {@code isSo} holds for it, which is tested first and after each of its changes; or
   * as it is when {@code max} has passed or the thread is interrupted.
   */
  Vm await(VmId id, Predicate<Vm> isSo, Duration max);

  /**
   * Has {@code onChange} run after each change of the VM, until it is closed. It is run by whoever
   * made the change: it must not block and not throw.
   */
  Watching watch(VmId id, Runnable onChange);

  /** A VM that is watched, until this is closed. */
  interface Watching extends AutoCloseable {
    @Override
    void close();
  }

  /** Empty until a verification has been written. */
  Optional<BootReport> report(VmId id);

  /** The console's file; it may not be there yet. */
  Path consoleFile(VmId id);

  /** A connection into the guest, for whoever closes it. */
  GuestSession session(VmId id, Duration deadline) throws GuestUnreachable;
}
