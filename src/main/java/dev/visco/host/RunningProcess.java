package dev.visco.host;

import dev.visco.model.InstallationId;
import dev.visco.model.VmmUsers;
import java.util.List;

/**
 * A process found in {@code /proc}.
 *
 * @param uid its real uid: that of whoever started it, also where the program gives it another one
 * @param arguments its argument list, which any process can make look like anything
 */
public record RunningProcess(ProcessRef ref, int uid, List<String> arguments) {
  /**
   * Whether it may be one that Visco has started for this installation: root's or a VMM's. Only
   * then does its argument list say what it is.
   */
  public boolean mayBeOf(InstallationId installation) {
    return isRoots() || VmmUsers.isOf(installation, uid);
  }

  /** Whether root has started it. */
  public boolean isRoots() {
    return uid == 0;
  }
}
