package dev.visco.app.doctor;

import dev.visco.app.doctor.Finding.Fix;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Disk, memory, limits, packages, and what a running daemon says. */
final class ResourceChecks {
  /** An image of a terminal and some VMs. */
  private static final long MIN_FREE_MIB = 4096;

  private static final double MIN_MIB_PER_SECOND = 40;

  /** The daemon and one small VM. */
  private static final long MIN_MEMORY_MIB = 1024;

  private static final long MIN_OPEN_FILES = 1024;

  private ResourceChecks() {}

  static List<Finding> of(HostFacts facts) {
    var findings =
        new ArrayList<>(
            List.of(
                room(facts.disk()),
                speed(facts.disk()),
                memory(facts.limits()),
                groups(facts.limits()),
                clock(facts.limits()),
                openFiles(facts.limits()),
                packages(facts.software())));
    if (facts.certificate() != null) {
      findings.add(certificate(facts.certificate(), facts.isRoot()));
    }
    HostFacts.Running daemon = facts.daemon();
    findings.add(daemon(daemon));
    if (daemon != null) {
      findings.add(leftovers(daemon));
      findings.add(releases(daemon));
      findings.add(vault(daemon));
    }
    return findings;
  }

  private static Finding room(HostFacts.Disk disk) {
    String found =
        "%d MiB of %d free in %s".formatted(disk.freeMib(), disk.totalMib(), disk.folder());
    return disk.freeMib() >= MIN_FREE_MIB
        ? Finding.ok("disk room", found)
        : Finding.problem(
            "disk room",
            found,
            "An image takes up to 2 GiB, and each VM what its guest writes.",
            "visco prune --stopped --images, or set data to a larger file system.");
  }

  private static Finding speed(HostFacts.Disk disk) {
    Double speed = disk.syncedMibPerSecond();
    if (speed == null) {
      return Finding.unknown(
          "disk speed", "nothing may be written in " + disk.folder(), "sudo visco doctor");
    }
    String found = String.format(Locale.ROOT, "%.0f MiB/s written and synchronized", speed);
    return speed >= MIN_MIB_PER_SECOND
        ? Finding.ok("disk speed", found)
        : Finding.warning(
            "disk speed",
            found,
            "Boots, snapshots and images wait for the disk.",
            "Put the data folder on an SSD (setting data).");
  }

  private static Finding memory(HostFacts.Bounds limits) {
    String found =
        "%d MiB of %d available, %d of swap"
            .formatted(limits.availableMib(), limits.memoryMib(), limits.swapMib());
    return limits.availableMib() >= MIN_MEMORY_MIB
        ? Finding.ok("memory", found)
        : Finding.warning(
            "memory",
            found,
            "A small VM takes 256 MiB, one with a desktop 2048, and the daemon 300.",
            "End what is not needed (visco ps, visco stop VM), or add memory.");
  }

  private static Finding groups(HostFacts.Bounds limits) {
    String why = "Without them one guest can take the processors of all others.";
    return switch (limits.cgroupVersion()) {
      case 2 -> Finding.ok("control groups", "version 2");
      case 1 -> Finding.ok("control groups", "version 1");
      default ->
          Finding.warning(
              "control groups",
              "no usable controller",
              why,
              "mount -t cgroup2 none /sys/fs/cgroup, or boot with systemd.");
    };
  }

  private static Finding clock(HostFacts.Bounds limits) {
    Boolean isSynchronized = limits.isClockSynchronized();
    if (isSynchronized == null) {
      return Finding.unknown("clock", "nobody here knows whether it is right", "date");
    }
    return isSynchronized
        ? Finding.ok("clock", "is synchronized")
        : Finding.warning(
            "clock",
            "is not synchronized",
            "Guests take their time from it, and tokens and certificates expire by it.",
            "timedatectl set-ntp true");
  }

  private static Finding openFiles(HostFacts.Bounds limits) {
    String most = limits.openFiles();
    boolean isEnough = !most.matches("\\d{1,18}") || Long.parseLong(most) >= MIN_OPEN_FILES;
    return isEnough
        ? Finding.ok("open files", "up to " + most)
        : Finding.problem(
            "open files",
            "at most " + most,
            "The daemon has some ten for each VM, and does not start with so few.",
            "ulimit -n 65536, or LimitNOFILE=65536 in the systemd unit");
  }

  private static Finding packages(HostFacts.Software software) {
    if (software.missing().isEmpty()) {
      return Finding.ok("packages", "all programs are there");
    }
    Set<String> programs = new TreeSet<>(software.missing().keySet());
    String names = String.join(" ", new TreeSet<>(software.missing().values()));
    Finding finding =
        Finding.problem(
            "packages",
            "there is no " + String.join(", ", programs),
            "VMs are run, connected and built by these programs.",
            software.hasApt()
                ? "apt-get install --no-install-recommends " + names
                : "Install what this distribution calls " + names + ".");
    return software.hasApt() ? finding.fixedBy(Fix.INSTALL_PACKAGES) : finding;
  }

  private static Finding certificate(HostFacts.Certificate certificate, boolean isRoot) {
    String check = "certificate";
    if (!certificate.isUsable()) {
      return isRoot
          ? Finding.problem(
              check,
              certificate.text(),
              "The daemon does not start with it; one that runs goes on with the one it has.",
              "Put others in place, then: visco config check")
          : Finding.unknown(check, certificate.text(), "sudo visco doctor");
    }
    return certificate.endsSoon()
        ? Finding.warning(
            check,
            "ends soon: " + certificate.text(),
            "Browsers and programs refuse an API whose certificate has expired.",
            "Renew it, for example: certbot renew. It is shown within ten seconds.")
        : Finding.ok(check, certificate.text());
  }

  private static Finding daemon(HostFacts.@Nullable Running daemon) {
    if (daemon == null) {
      return Finding.warning(
          "daemon", "none answers", "Without it VMs run on, and nobody conducts them.", "visco up");
    }
    return daemon.status().equals("ok")
        ? Finding.ok("daemon", "answers")
        : Finding.warning(
            "daemon",
            "says of itself: " + daemon.status(),
            "It recovers VMs at its start, or hangs.",
            "visco daemon status");
  }

  private static Finding leftovers(HostFacts.Running daemon) {
    List<String> orphans = daemon.orphans();
    if (orphans == null) {
      return Finding.unknown(
          "leftovers", "this token may not list them", "Use an operator's token.");
    }
    return orphans.isEmpty()
        ? Finding.ok("leftovers", "none")
        : Finding.warning(
                "leftovers",
                String.join(", ", orphans),
                "No VM owns them any more; they hold addresses, memory or disk.",
                "visco sweep")
            .fixedBy(Fix.SWEEP);
  }

  /** A host without a vault lacks nothing. */
  private static Finding vault(HostFacts.Running daemon) {
    String state = daemon.vault();
    if (state == null) {
      return Finding.unknown("vault", "the daemon does not tell", "visco daemon status");
    }
    return switch (state) {
      case "closed" ->
          Finding.problem(
              "vault",
              Objects.requireNonNullElse(daemon.vaultReason(), "closed"),
              "Without its master key no credential can be read, and no VM whose keys are in it can"
                  + " be signed in to.",
              "visco vault status");
      case "uninitialized" ->
          Finding.warning(
              "vault",
              "not made yet",
              "A master key is set, and nothing is encrypted with it.",
              "visco vault init");
      default -> Finding.ok("vault", state);
    };
  }

  private static Finding releases(HostFacts.Running daemon) {
    if (daemon.vulnerable().isEmpty()) {
      return Finding.ok("releases", "no known vulnerability in what new VMs use");
    }
    var named = new ArrayList<String>();
    daemon
        .vulnerable()
        .forEach((release, ids) -> named.add(release + ": " + String.join(", ", ids)));
    named.sort(String::compareTo);
    return Finding.problem(
        "releases",
        String.join("; ", named),
        "A guest may break out by a vulnerability of its VMM.",
        "visco vmm add a newer release, then visco vmm use it");
  }
}
