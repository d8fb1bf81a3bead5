package dev.visco.lifecycle;

import dev.visco.session.GuestUnreachable;
import java.nio.file.Path;

/** Makes a guest that goes on from a snapshot a VM of its own. */
public interface GuestIdentity {
  /**
   * Gives the guest of a clone its own keys, name, address, randomness and time, and proves it:
   * what was found is in the VM's folder then. Does nothing to a guest that has them all.
   *
   * @param snapshot the folder of the snapshot that its machine was started from
   * @throws GuestUnreachable when nobody answers in the guest yet
   * @throws dev.visco.host.HostFault when it cannot be made one; the message says what failed
   */
  void makeOwn(VmWork work, Path snapshot) throws GuestUnreachable;
}
