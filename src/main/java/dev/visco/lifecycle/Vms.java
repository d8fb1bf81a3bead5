package dev.visco.lifecycle;

import dev.visco.model.Refused;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.verify.BootReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What floor 4 asks of the life cycle. Every call throws {@link Refused} for what cannot be. */
public final class Vms {
  /**
   * Records a new VM and returns at once.
   *
   * @param idempotencyKey null for none; the same key with the same request gives the same VM, with
   *     another request a conflict
   */
  public Vm create(VmRequest request, @Nullable String idempotencyKey) {
    throw new UnsupportedOperationException();
  }

  /** Newest first; destroyed ones only when {@code all}. */
  public List<Vm> list(boolean all) {
    throw new UnsupportedOperationException();
  }

  public Vm vm(VmId id) {
    throw new UnsupportedOperationException();
  }

  /** Wishes its end and returns at once; safe to repeat. */
  public Vm destroy(VmId id) {
    throw new UnsupportedOperationException();
  }

  /** Returns once the VM's revision is above {@code revision} or {@code most} has passed. */
  public Vm awaitChange(VmId id, long revision, Duration most) {
    throw new UnsupportedOperationException();
  }

  /** Empty until a verification has been written. */
  public Optional<BootReport> report(VmId id) {
    throw new UnsupportedOperationException();
  }

  public Path consoleFile(VmId id) {
    throw new UnsupportedOperationException();
  }

  public GuestSession session(VmId id, Duration deadline) throws GuestUnreachable {
    throw new UnsupportedOperationException();
  }
}
