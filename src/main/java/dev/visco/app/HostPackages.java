package dev.visco.app;

import dev.visco.host.ChildEnvironment;
import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.Programs;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The host's programs that Visco needs, and the Debian packages with them. */
final class HostPackages {
  /** What running VMs and building images takes: program to package. */
  static final Map<String, String> TO_RUN =
      Map.ofEntries(
          Map.entry("qemu-system-x86_64", "qemu-system-x86"),
          Map.entry("qemu-img", "qemu-utils"),
          Map.entry("ip", "iproute2"),
          Map.entry("nft", "nftables"),
          Map.entry("arping", "iputils-arping"),
          Map.entry("mmdebstrap", "mmdebstrap"),
          Map.entry("mke2fs", "e2fsprogs"),
          Map.entry("sgdisk", "gdisk"),
          Map.entry("unsquashfs", "squashfs-tools"),
          Map.entry("fsck.erofs", "erofs-utils"),
          Map.entry("tcpdump", "tcpdump"),
          Map.entry("nsenter", "util-linux"),
          Map.entry("perl", "perl-base"),
          Map.entry("tc", "iproute2"),
          Map.entry("kill", "procps"));

  /** What the tests take besides. */
  static final Map<String, String> TO_TEST =
      Map.ofEntries(
          Map.entry("busybox", "busybox-static"),
          Map.entry("chromium", "chromium"),
          Map.entry("sshd", "openssh-server"),
          Map.entry("dnsmasq", "dnsmasq-base"),
          Map.entry("nginx", "nginx-light"),
          Map.entry("caddy", "caddy"),
          Map.entry("node", "nodejs"),
          Map.entry("mkfs.btrfs", "btrfs-progs"),
          Map.entry("mkfs.xfs", "xfsprogs"),
          Map.entry("npm", "npm"),
          Map.entry("openssl", "openssl"),
          Map.entry("python3", "python3"),
          Map.entry("strace", "strace"),
          Map.entry("ssh", "openssh-client"),
          Map.entry("tsc", "node-typescript"),
          Map.entry("Xtigervnc", "tigervnc-standalone-server"));

  private static final Path POLICY = Path.of("/usr/sbin/policy-rc.d");

  /** A unit that can be started by its name; templates, with an @, cannot. */
  private static final Pattern UNIT =
      Pattern.compile("(?m)^(?:/usr)?/lib/systemd/system/([A-Za-z0-9._-]+\\.(service|socket))$");

  private final Host host;
  private final List<Path> folders;
  private final Path policy;

  HostPackages(Host host) {
    this(host, Programs.FOLDERS, POLICY);
  }

  /**
   * @param folders where programs are looked for, those that install too
   * @param policy see {@link PolicyRcd}
   */
  HostPackages(Host host, List<Path> folders, Path policy) {
    this.host = host;
    this.folders = List.copyOf(folders);
    this.policy = policy;
  }

  /** Packages whose program is nowhere on this host, by program. */
  static SequencedMap<String, String> missing(Map<String, String> needed, List<Path> folders) {
    var missing = new TreeMap<String, String>();
    needed.forEach((program, name) -> {
      if (Programs.find(program, folders).isEmpty()) {
        missing.put(program, name);
      }
    });
    return missing;
  }

  /**
   * Installs what is missing through apt, after {@code progress} was told the list. Of the new
   * packages no service runs, neither now nor from the next boot on; what runs already goes on.
   */
  void install(Map<String, String> needed, Progress progress) {
    PolicyRcd.clear(policy);
    var missing = missing(needed, folders);
    if (missing.isEmpty()) {
      return;
    }
    List<String> packages = missing.values().stream().distinct().sorted().toList();
    String list = String.join(" ", packages);
    Path apt =
        Programs.find("apt-get", folders)
            .orElseThrow(() ->
                new Refused(
                    new Refusal.HostLacks(
                        "packages",
                        "This host lacks "
                            + String.join(", ", missing.keySet())
                            + " and has no apt-get.",
                        "Install what your distribution calls " + list + ".")));
    progress.report("install host packages: " + list, -1);
    run(apt, List.of("update", "-q"));
    install(apt, packages);
    var still = missing(needed, folders);
    if (!still.isEmpty()) {
      throw new Refused(
          new Refusal.HostLacks(
              "packages",
              "After installing "
                  + list
                  + " there is still no "
                  + String.join(", ", still.keySet())
                  + ".",
              "Install the program by hand and run this again."));
    }
  }

  /**
   * Installs packages by name through apt, as it knows them now. The same holds for their services.
   */
  void installNamed(List<String> packages, Progress progress) {
    progress.report("install host packages: " + String.join(" ", packages), -1);
    PolicyRcd.clear(policy);
    install(
        Programs.find("apt-get", folders)
            .orElseThrow(() -> new HostFault("this host has no apt-get")),
        packages);
  }

  private void install(Path apt, List<String> packages) {
    var arguments = new ArrayList<>(List.of("install", "-qy", "--no-install-recommends"));
    arguments.addAll(packages);
    List<String> added = packages.stream().filter(name -> files(name).isEmpty()).toList();
    try (var services = PolicyRcd.open(policy)) {
      run(apt, arguments);
      added.forEach(this::disable);
    }
  }

  /** What dpkg knows of a package, a path on each line; nothing of one that is not there. */
  private String files(String name) {
    return Programs.find("dpkg", folders)
        .map(dpkg -> host.run(Command.of(dpkg.toString(), "-L", name)))
        .filter(CommandResult::succeeded)
        .map(CommandResult::output)
        .orElse("");
  }

  /** Debian enables the services of what is installed; these would start with the next boot. */
  private void disable(String name) {
    List<String> units =
        UNIT.matcher(files(name)).results().map(found -> found.group(1)).distinct().toList();
    Optional<Path> systemctl = Programs.find("systemctl", folders);
    if (!units.isEmpty() && systemctl.isPresent()) {
      var arguments = new ArrayList<>(List.of(systemctl.get().toString(), "disable", "--quiet"));
      arguments.addAll(units);
      host.check(Command.of(arguments));
    }
  }

  private void run(Path apt, List<String> arguments) {
    var all = new ArrayList<>(List.of(apt.toString()));
    all.addAll(arguments);
    var environment = new HashMap<>(ChildEnvironment.proxies(System.getenv()));
    environment.put("DEBIAN_FRONTEND", "noninteractive");
    host.check(Command.of(all).withEnvironment(environment).within(Duration.ofMinutes(15)));
  }
}
