package dev.visco.lifecycle;

import dev.visco.host.HostFault;

/** A guest's way to switch itself off. */
public interface GuestPower {
  /**
   * Tells the guest to shut down, and does not wait until it has.
   *
   * @throws HostFault when it cannot be told
   */
  void off(VmWork work);
}
