package dev.visco.lifecycle;

import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmFilter;
import dev.visco.model.VmId;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.store.SnapshotRow;
import dev.visco.verify.BootReport;
import dev.visco.wire.ClonePlan;
import dev.visco.wire.CreateRequest;
import dev.visco.wire.VmChange;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Creates, lists and destroys VMs. Every call throws {@link dev.visco.model.Refused} for a request
 * that cannot be fulfilled.
 */
public interface VmService {
  /**
   * Records a new VM and returns at once.
   *
   * @param idempotencyKey null for none; the same key with the same request returns the same VM,
   *     with another request it is refused as a conflict
   */
  Vm create(CreateRequest request, @Nullable String idempotencyKey);

  /**
   * What VMs from a snapshot would cost, or those of a fork; nothing is made.
   *
   * @param request as for {@link #create}, with {@code from} unless it is for a fork
   * @param fork the snapshot that would be taken for it; null for that which the request names
   * @throws dev.visco.model.Refused where creating them would be
   */
  ClonePlan planClones(CreateRequest request, int count, @Nullable SnapshotRow fork);

  /** Newest first; destroyed ones only when {@code all}. */
  List<Vm> list(boolean all);

  /**
   * One page of the list, newest first.
   *
   * @param limit maximum number of VMs
   * @param before the last VM of the previous page; null for the first page
   */
  List<Vm> page(VmFilter filter, int limit, @Nullable VmId before);

  /**
   * A number that is another one after each change of a VM, and perhaps at other times: while it is
   * the same, so is what {@link #page} gives.
   */
  long version();

  Vm vm(VmId id);

  /**
   * The VM that a text means: its id with or without {@code vm-}, its name, or a unique beginning
   * of its id; names and beginnings are those of VMs that are not destroyed.
   *
   * @param user among whose VMs; null for all
   * @throws dev.visco.model.Refused when it means none, or several
   */
  VmId named(String text, @Nullable UserId user);

  /**
   * Gives it another name, other labels, another time to live from now on, another restart policy,
   * or other ports for links. Its guest is called by another name once it boots again.
   *
   * @param change what is null stays as it is
   */
  Vm update(VmId id, VmChange change);

  /** Records that it is to be destroyed, and returns at once. Safe to repeat. */
  Vm destroy(VmId id);

  /**
   * Waits until {@code isSo} holds for the VM, which is tested at once and after each of its
   * changes. Returns the VM as it is then, or as it is after {@code max} or on an interrupt.
   */
  Vm await(VmId id, Predicate<Vm> isSo, Duration max);

  /**
   * Has {@code onChange} run after each change of the VM, until the result is closed. It runs on
   * the thread that made the change, so that it must neither block nor throw.
   */
  Watching watch(VmId id, Runnable onChange);

  /** A registered listener; closing removes it. */
  interface Watching extends AutoCloseable {
    @Override
    void close();
  }

  /** The report of the VM's last boot; empty until one has been written. */
  Optional<BootReport> report(VmId id);

  /** The file of the VM's console output; it may not exist yet. */
  Path consoleFile(VmId id);

  /** As whom and where commands of users run in its guest unless they say it. */
  default UsualProgram usual(VmId id) {
    return UsualProgram.ROOT;
  }

  /** A connection into the guest, to be closed by the caller. */
  GuestSession session(VmId id, Duration deadline) throws GuestUnreachable;
}
