package dev.visco.app;

import dev.visco.host.CLibrary;
import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks what a host must offer, before anything is done, so that what is missing is named with a
 * remedy. {@code docs/hosts.md} lists the situations.
 */
final class HostChecks {
  /** Group and others may read what is installed, and write nothing; a daemon's is stricter. */
  private static final int UMASK = 022;

  /** A VM takes some ten of the daemon's, a viewer two. */
  static final long MIN_OPEN_FILES = 1024;

  /** That of the first slot of the first installation (network.SlotPlan). */
  private static final int UID_OF_A_VM = 1_000_000_000;

  private HostChecks() {}

  /**
   * Refused unless uid 0 runs this, whatever it is called; and from here on a login's own umask
   * counts no more: with 077 packages and folders that others must enter would be closed to them,
   * with 000 anybody could write what root reads.
   */
  static void requireRoot(String command) {
    if (effectiveUid() != 0) {
      throw new Refused(
          new Refusal.HostLacks(
              "root",
              "visco " + command + " makes networks and machines, which takes root (uid 0).",
              "Run it with sudo."));
    }
    CLibrary.umask(UMASK);
  }

  /** Whether uid 0 runs this, whatever it is called. */
  static boolean isRoot() {
    return effectiveUid() == 0;
  }

  /** Field 2 of Uid in proc(5)'s status. */
  private static int effectiveUid() {
    return Integer.parseInt(field(Path.of("/proc/self/status"), "Uid:").get(1));
  }

  /** The words that follow a line's first ones. */
  private static List<String> field(Path file, String name) {
    try {
      for (String line : Files.readAllLines(file)) {
        if (line.startsWith(name)) {
          return List.of(line.substring(name.length()).strip().split("\\s+"));
        }
      }
    } catch (IOException e) {
      throw new HostFault("cannot read " + file + ": " + e.getMessage(), e);
    }
    throw new HostFault(file + " has no line " + name);
  }

  /**
   * Checks for a daemon: open files, native libraries, and a data folder that VMs' users can reach.
   */
  static void beforeServing(Path data, Host host) {
    requireOpenFiles(field(Path.of("/proc/self/limits"), "Max open files").getFirst());
    loadNativeLibraries(data);
    requireReachable(data, host);
  }

  /** Loads the libraries that the store needs; {@code down} uses this alone. */
  static void loadNativeLibraries(Path data) {
    var folders = new ArrayList<Path>();
    Path jar = Path.of(System.getProperty("java.class.path").split(":", 2)[0]).toAbsolutePath();
    if (Files.isRegularFile(jar) && jar.getParent() != null) {
      folders.add(jar.getParent());
    }
    folders.add(data.resolve("cache"));
    NativeLibraries.load(folders);
  }

  /**
   * Java has raised the soft limit to the hard one already.
   *
   * @param max a number or {@code unlimited}, as proc(5) has it
   */
  static void requireOpenFiles(String max) {
    if (max.matches("\\d{1,18}") && Long.parseLong(max) < MIN_OPEN_FILES) {
      throw new Refused(
          new Refusal.HostLacks(
              "open files",
              "The daemon may have only "
                  + max
                  + " files open at a time and needs "
                  + MIN_OPEN_FILES
                  + " at least.",
              "Raise the limit: ulimit -n 65536, or LimitNOFILE=65536 in a systemd unit."));
    }
  }

  /**
   * VMs run as users of their own, and their disks lie in the data folder; so every folder above it
   * must let everybody pass. That is asked of the kernel as such a user, since modes are not all
   * that decides it: access control lists and network file systems do too.
   */
  static void requireReachable(Path data, Host host) {
    Path parent = data.toAbsolutePath().getParent();
    if (parent == null || mayPass(parent, host)) {
      return;
    }
    Path closed = parent;
    for (Path above = parent; above != null; above = above.getParent()) {
      if (!mayPass(above, host)) {
        closed = above;
      }
    }
    throw new Refused(
        new Refusal.HostLacks(
            "data folder",
            "The data folder "
                + data
                + " lies below "
                + closed
                + ", which lets only some users pass"
                + mode(closed)
                + ": VMs run as users of their own and could not reach their disks.",
            "Set data (VISCO_DATA) to a folder below ones that are open to all, like"
                + " /var/lib/visco, or let others pass: chmod o+x "
                + closed));
  }

  private static boolean mayPass(Path folder, Host host) {
    String uid = Integer.toString(UID_OF_A_VM);
    return host.run(
            Command.of(
                "setpriv",
                "--reuid",
                uid,
                "--regid",
                uid,
                "--clear-groups",
                "--",
                "test",
                "-x",
                folder.toString()))
        .succeeded();
  }

  private static String mode(Path folder) {
    try {
      int mode = (Integer) Files.getAttribute(folder, "unix:mode");
      return " (mode " + Integer.toOctalString(mode & 07777) + ")";
    } catch (IOException e) {
      return "";
    }
  }
}
