package dev.visco.vmm;

import dev.visco.model.VmmUsers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Runs a VMM as a user of its own, without capabilities and without a way to gain them. */
public final class Unprivileged {
  private Unprivileged() {}

  /**
   * The words before the VMM's command: setpriv(1), which execs in place and so keeps the pid.
   *
   * @param uid its uid and its primary group; its other group is {@link VmmUsers#GROUP}
   */
  public static List<String> as(int uid) {
    return as(uid, Integer.toString(VmmUsers.GROUP));
  }

  /** As {@link #as(int)}, for a user who may also open {@code device} by the device's group. */
  public static List<String> as(int uid, Path device) {
    try {
      int gid = (Integer) Files.getAttribute(device, "unix:gid");
      // Root's group would give access to much more than this device.
      return gid == 0 ? as(uid) : as(uid, VmmUsers.GROUP + "," + gid);
    } catch (IOException e) {
      return as(uid); // Opening the device will report the error.
    }
  }

  /** The same for a user who is in no group but their own. */
  public static List<String> alone(int uid) {
    return with(uid, "--clear-groups");
  }

  private static List<String> as(int uid, String groups) {
    return with(uid, "--groups=" + groups);
  }

  private static List<String> with(int uid, String groups) {
    return List.of(
        "setpriv",
        "--reuid=" + uid,
        "--regid=" + uid,
        groups,
        "--no-new-privs",
        "--inh-caps=-all",
        "--bounding-set=-all",
        "--");
  }
}
