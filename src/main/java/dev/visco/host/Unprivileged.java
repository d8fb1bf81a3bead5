package dev.visco.host;

import dev.visco.model.VmmUsers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Runs a program as a user of its own, without capabilities and without a way to gain them. */
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

  /**
   * The same for a process that the kernel kills when its parent ends. The kernel forgets that when
   * a process changes its user, so that it is said after that (prctl(2), PR_SET_PDEATHSIG).
   */
  public static List<String> aloneWithItsParent(int uid) {
    return with(uid, "--clear-groups", "--pdeathsig=KILL");
  }

  /**
   * The words before a tool that reads what guests or strangers have made: as {@link
   * VmmUsers#TOOLS}, without network, with bounds.
   *
   * @param memory bytes of address space
   * @param fileBytes of the largest file that it may write
   * @param time of a processor
   */
  public static List<String> tool(long memory, long fileBytes, Duration time) {
    List<String> words = bounded(memory, fileBytes, time);
    words.addAll(alone(VmmUsers.TOOLS));
    return words;
  }

  private static List<String> bounded(long memory, long fileBytes, Duration time) {
    return new ArrayList<>(
        List.of(
            "unshare",
            "--net",
            "--ipc",
            "--",
            "prlimit",
            "--core=0",
            "--nofile=64",
            "--nproc=64",
            "--as=" + memory,
            "--fsize=" + fileBytes,
            "--cpu=" + time.toSeconds(),
            "--"));
  }

  /**
   * The same for a tool that works in a folder: it ends with a process of root's that names the
   * folder in its arguments, by which what a daemon that was killed has left running is found.
   */
  public static List<String> toolIn(Path work, long memory, long fileBytes, Duration time) {
    var words =
        new ArrayList<>(
            List.of("unshare", "--pid", "--fork", "--kill-child", "--wd=" + work + "/", "--"));
    words.addAll(bounded(memory, fileBytes, time));
    words.addAll(aloneWithItsParent(VmmUsers.TOOLS));
    return words;
  }

  private static List<String> as(int uid, String groups) {
    return with(uid, "--groups=" + groups);
  }

  private static List<String> with(int uid, String... options) {
    var words = new ArrayList<>(List.of("setpriv", "--reuid=" + uid, "--regid=" + uid));
    words.addAll(List.of(options));
    words.addAll(List.of("--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--"));
    return words;
  }
}
