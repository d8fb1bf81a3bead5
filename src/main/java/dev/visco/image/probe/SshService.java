package dev.visco.image.probe;

import dev.visco.image.probe.ProgramFiles.FilePlace;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What starts the SSH server of a root file system at the boot.
 *
 * @param startedBy the file that says so, like a link in {@code multi-user.target.wants}; null for
 *     none, or none that is known
 * @param notice why nothing starts it, null when something does or that is not known
 */
record SshService(@Nullable String startedBy, @Nullable String notice) {
  private static final SshService UNKNOWN = new SshService(null, null);

  private static final List<String> NAMES = List.of("ssh", "sshd", "dropbear", "tinysshd");

  private static final List<String> SYSTEMD =
      List.of("/etc/systemd/system", "/usr/lib/systemd/system");

  private static final List<String> TARGETS =
      List.of(
          "multi-user.target.wants",
          "sockets.target.wants",
          "default.target.wants",
          "graphical.target.wants",
          "basic.target.wants",
          "cloud-init.target.wants");

  private static final List<String> RUNLEVELS =
      List.of("/etc/runlevels/default", "/etc/runlevels/boot", "/etc/runlevels/sysinit");

  private static final List<String> RC =
      List.of("/etc/rc2.d", "/etc/rc3.d", "/etc/rc5.d", "/etc/rcS.d");

  /**
   * Finds it.
   *
   * @param init what starts first, links followed; null when that is not known
   * @param hasCloudInit whether cloud-init may enable it at the first boot
   */
  static SshService of(DiskFiles files, @Nullable String init, boolean hasCloudInit) {
    if (init == null) {
      return UNKNOWN;
    }
    if (init.endsWith("/systemd")) {
      return systemd(files, hasCloudInit);
    }
    if (files.find("/sbin/openrc") instanceof FilePlace.PresentFile) {
      return openRc(files);
    }
    return inittab(files).map(by -> new SshService(by, null)).orElse(UNKNOWN);
  }

  private static SshService systemd(DiskFiles files, boolean hasCloudInit) {
    for (String name : NAMES) {
      for (String kind : List.of(".service", ".socket")) {
        String mask = "/etc/systemd/system/" + name + kind;
        boolean isMasked = files.leadsTo(mask, "/dev/null");
        for (String folder : SYSTEMD) {
          for (String target : TARGETS) {
            String link = folder + "/" + target + "/" + name + kind;
            if (!isMasked && files.names(folder + "/" + target).contains(name + kind)) {
              return new SshService(link, null);
            }
          }
        }
      }
    }
    Optional<String> link = rc(files);
    if (link.isPresent()) {
      return new SshService(link.get(), null);
    }
    // At the first boot, which an empty machine-id makes of it, systemd enables what presets name.
    boolean isFirstBoot = files.text("/etc/machine-id").map(String::isBlank).orElse(true);
    boolean isUninitialized =
        files.text("/etc/machine-id").orElse("").strip().equals("uninitialized");
    if (isFirstBoot || isUninitialized || hasCloudInit) {
      return UNKNOWN;
    }
    return new SshService(
        null,
        "nothing starts the SSH server: there is no link to ssh.service or sshd.service in /etc/systemd/system/multi-user.target.wants (systemctl enable ssh)");
  }

  private static SshService openRc(DiskFiles files) {
    for (String level : RUNLEVELS) {
      for (String name : NAMES) {
        if (files.names(level).contains(name)) {
          return new SshService(level + "/" + name, null);
        }
      }
    }
    return inittab(files)
        .map(by -> new SshService(by, null))
        .orElse(
            new SshService(
                null,
                "nothing starts the SSH server: it is in none of OpenRC's runlevels (rc-update add sshd default)"));
  }

  private static Optional<String> rc(DiskFiles files) {
    for (String folder : RC) {
      for (String name : files.names(folder)) {
        if (name.matches("S[0-9]{2}(ssh|sshd|dropbear)")) {
          return Optional.of(folder + "/" + name);
        }
      }
    }
    return Optional.empty();
  }

  /** A line of busybox's or of System V's init; its scripts are not read. */
  private static Optional<String> inittab(DiskFiles files) {
    boolean isThere =
        files
            .text("/etc/inittab")
            .orElse("")
            .lines()
            .anyMatch(line -> line.matches("[^#]*\\b(sshd|dropbear|tinysshd)\\b.*"));
    return isThere ? Optional.of("/etc/inittab") : rc(files);
  }
}
