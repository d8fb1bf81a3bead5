package dev.visco.host;

import dev.visco.model.InstallationId;
import dev.visco.model.VmmUsers;
import java.util.List;

/**
 * A process listed in {@code /proc}.
 *
 * @param uid its real uid, that of the user who started it, also if its program is set-user-ID
 * @param arguments its argument list, which the process can change at will
 */
public record RunningProcess(ProcessRef ref, int uid, List<String> arguments) {
  /**
   * Whether Visco may have started it for this installation: it belongs to root or to a VMM's user.
   * Only then its argument list can be trusted.
   */
  public boolean mayBeOf(InstallationId installation) {
    return isRoots() || VmmUsers.isOf(installation, uid);
  }

  /** Whether root started it. */
  public boolean isRoots() {
    return uid == 0;
  }
}
