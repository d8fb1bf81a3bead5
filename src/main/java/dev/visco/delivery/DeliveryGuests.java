package dev.visco.delivery;

import dev.visco.lifecycle.UsualProgram;
import dev.visco.lifecycle.VmWork;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.store.VmRow;
import java.time.Duration;

/** The guests of VMs, as deliveries need them. */
public interface DeliveryGuests {
  /**
   * A connection into a guest that runs, which is no use of its VM; the caller closes it.
   *
   * @param deadline time limit for signing in
   */
  GuestSession open(VmWork work, Duration deadline) throws GuestUnreachable;

  /** As whom tools run in a VM. */
  UsualProgram usual(VmRow row);

  /** Whether a VM is for its desktop, and not for tools. */
  boolean hasDesktop(VmRow row);
}
