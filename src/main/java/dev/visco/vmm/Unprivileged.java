package dev.visco.vmm;

import dev.visco.model.VmmUsers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How a VMM comes to run as its own user, with no capability and no way to gain one. */
public final class Unprivileged {
  private Unprivileged() {}

  /**
   * What stands before the command: setpriv(1), which execs in place, so the pid stays.
   *
   * @param uid its uid and its primary group; the other one is {@link VmmUsers#GROUP}
   */
  public static List<String> as(int uid) {
    return as(uid, Integer.toString(VmmUsers.GROUP));
  }

  /** The same for a user who may open {@code device} where the device's group may. */
  public static List<String> as(int uid, Path device) {
    try {
      int gid = (Integer) Files.getAttribute(device, "unix:gid");
      // Root's group opens much more than this one device.
      return gid == 0 ? as(uid) : as(uid, VmmUsers.GROUP + "," + gid);
    } catch (IOException e) {
      return as(uid); // Opening it will say what is wrong with it.
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
