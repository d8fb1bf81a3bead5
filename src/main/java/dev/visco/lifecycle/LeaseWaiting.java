package dev.visco.lifecycle;

import dev.visco.lifecycle.Leases.Lease;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/** Takes VMs' leases, and waits a while for one that somebody else holds. */
public final class LeaseWaiting {
  /** For whoever works on the VM to come to the end of a step. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Leases leases;
  private final ChangeSignal changes;

  public LeaseWaiting(Leases leases, ChangeSignal changes) {
    this.leases = leases;
    this.changes = changes;
  }

  /** The lease on a VM; refused when it does not become free. */
  public Lease take(VmId id) {
    return take(id, () -> {});
  }

  /**
   * The same, without waiting where that is of no use: for a VM that boots, whose lease is held
   * until it is ready.
   *
   * @param mayWait is called whenever the lease is not free, and refuses when the VM's state does.
   *     It decides nothing: whoever has the lease looks at the state again
   */
  public Lease take(VmId id, Runnable mayWait) {
    var found = new AtomicReference<Optional<Lease>>(Optional.empty());
    try {
      changes.await(
          Set.of(id),
          PATIENCE,
          () -> {
            found.set(leases.take(id));
            if (found.get().isEmpty()) {
              mayWait.run();
            }
            return found.get().isPresent();
          });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return found
        .get()
        .orElseThrow(() ->
            new Refused(
                new Refusal.Conflict(
                    "The VM " + id + " is being worked on.", "Try again when that is done.")));
  }
}
