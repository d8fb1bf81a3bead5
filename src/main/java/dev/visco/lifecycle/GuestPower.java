package dev.visco.lifecycle;

import dev.visco.host.HostFault;

/** Shuts guests down. */
public interface GuestPower {
  /**
   * Asks the guest to shut down, and does not wait until it has.
   *
   * @throws HostFault when the guest cannot be asked
   */
  void off(VmWork work);
}
