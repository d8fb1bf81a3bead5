package dev.visco.vmm.firecracker;

import dev.visco.host.RunningProcess;
import dev.visco.host.Unprivileged;
import dev.visco.model.BootSpec;
import dev.visco.model.InstallationId;
import dev.visco.model.Transport;
import dev.visco.model.VmId;
import dev.visco.model.VmmUsers;
import dev.visco.vmm.VmmLimits;
import dev.visco.vmm.release.Release;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The command that starts a machine's Firecracker. Rendered without I/O except for the sizes of the
 * disks, so that tests can check it. Each program execs the next one in place, so that the started
 * process becomes Firecracker; {@code --daemonize} and {@code --new-pid-ns} would break that.
 */
record Invocation(Release release, BootSpec spec) {
  private static final Path KVM = Path.of("/dev/kvm");
  private static final String ID = "--id";
  private static final Pattern NAME = Pattern.compile("visco-([0-9a-f]{4})-(vm-[0-9a-f]{8})");

  /** The name of a machine among the host's processes and of its jail. */
  static String name(InstallationId installation, VmId id) {
    return "visco-" + installation + "-" + id;
  }

  String name() {
    return name(spec.installation(), spec.id());
  }

  /**
   * The VM whose machine a process is, or is about to become: the jailer and the programs before it
   * have the name after their own arguments.
   */
  static Optional<VmId> machine(RunningProcess process, InstallationId installation) {
    if (!process.mayBeOf(installation)) {
      return Optional.empty();
    }
    List<String> arguments = process.arguments();
    int at = arguments.indexOf(ID);
    if (at < 1 || at + 1 >= arguments.size()) {
      return Optional.empty();
    }
    var name = NAME.matcher(arguments.get(at + 1));
    return name.matches() && name.group(1).equals(installation.value())
        ? Optional.of(new VmId(name.group(2)))
        : Optional.empty();
  }

  /** Starts it with its configuration file, so that the guest boots at once. */
  List<String> booting() {
    return command(List.of("--config-file", Jail.CONFIG));
  }

  /** Starts it without a configuration, for settings that need API calls. */
  List<String> waiting() {
    return command(List.of());
  }

  private List<String> command(List<String> first) {
    var own = new ArrayList<>(first);
    own.addAll(List.of("--api-sock", Jail.SOCKET));
    // Without a path, its log would go to the guest's console. The level limits what a guest can
    // cause.
    own.addAll(List.of("--log-path", Jail.LOG, "--level", "Warning"));
    own.addAll(List.of("--metrics-path", Jail.METRICS));
    if (spec.transport() == Transport.PCI) {
      own.add("--enable-pci");
    }
    Path jailer = release.jailer();
    return jailer == null ? directly(own) : jailed(jailer, own);
  }

  private List<String> jailed(Path jailer, List<String> own) {
    // The name comes first, as in Firecracker's own arguments, which the jailer makes.
    var all = new ArrayList<>(List.of(jailer.toString(), ID, name()));
    all.addAll(List.of("--exec-file", release.firecracker().toString()));
    // The jailer clears all other groups, so this is the one that may read what it restores.
    all.addAll(List.of("--uid", Integer.toString(spec.uid())));
    all.addAll(List.of("--gid", Integer.toString(VmmUsers.GROUP)));
    all.addAll(List.of("--chroot-base-dir", Jail.of(spec, release, name()).run().toString()));
    all.addAll(List.of("--netns", "/run/netns/" + spec.netns()));
    all.addAll(List.of("--resource-limit", "no-file=" + VmmLimits.openFiles()));
    all.addAll(List.of("--resource-limit", "fsize=" + VmmLimits.largestFile(spec)));
    all.add("--");
    all.addAll(own);
    return all;
  }

  private List<String> directly(List<String> own) {
    var all = new ArrayList<>(VmmLimits.prlimit(spec));
    all.addAll(Unprivileged.as(spec.uid(), KVM));
    all.addAll(List.of(release.firecracker().toString(), ID, name()));
    all.addAll(own);
    return all;
  }
}
