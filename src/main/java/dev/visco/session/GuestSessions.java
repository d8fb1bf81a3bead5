package dev.visco.session;

import dev.visco.model.Ipv4;
import java.time.Duration;

/** Opens sessions to guests. */
public final class GuestSessions {
  /**
   * Connects to the guest's sshd on port 22 as root with the VM's key, its host key pinned.
   *
   * @throws GuestUnreachable with a reason when that did not work in time
   */
  public GuestSession connect(Ipv4 address, VmKeys keys, Duration deadline)
      throws GuestUnreachable {
    throw new UnsupportedOperationException();
  }
}
