package dev.visco.vmm.qemu;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.DataFolders;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.Unprivileged;
import dev.visco.model.BootSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Determines whether KVM works with a kernel: on some hosts it only works for guests that avoid
 * certain privileged instructions. So the kernel is booted once, without disks; its first line on
 * the console is the proof. The result is kept for this kernel, this host kernel and this boot of
 * the host.
 */
final class KvmProbe {
  /** QEMU 7.2 opens this path and no other. */
  static final Path DEVICE = Path.of("/dev/kvm");

  /** The beginning of a kernel's first message, which nothing before the kernel writes. */
  private static final String PROOF = "Linux version";

  private final Host host;
  private final Path cache;
  private final Path device;
  private final Duration deadline;

  KvmProbe(Host host, Path cache) {
    this(host, cache, DEVICE, Duration.ofSeconds(5));
  }

  /**
   * @param device the device that QEMU will open
   * @param deadline for a kernel's first line, in whole seconds
   */
  KvmProbe(Host host, Path cache, Path device, Duration deadline) {
    this.host = host;
    this.cache = cache;
    this.device = device;
    this.deadline = deadline;
  }

  /**
   * Empty when KVM boots this kernel, otherwise the reason, without a full stop. The first call for
   * a kernel may take some seconds; simultaneous calls wait for it.
   */
  synchronized Optional<String> whyNot(BootSpec spec) {
    if (!Files.exists(device)) {
      // This result is not kept: the module may be loaded at any time.
      return Optional.of("this host has no " + device);
    }
    String kernel = "kvm-" + spec.kernelDigest().hex() + "-";
    Path file = cache.resolve(kernel + host.kernelRelease() + "-" + host.bootId());
    try {
      if (!Files.exists(file)) {
        String answer = probe(spec);
        DataFolders.closed(cache);
        removeOlder(kernel);
        DurableFiles.write(file, answer.getBytes(StandardCharsets.UTF_8), "rw-------");
      }
      return Optional.of(Files.readString(file)).filter(why -> !why.isEmpty());
    } catch (IOException e) {
      return Optional.of("the probe's result cannot be kept: " + e.getMessage());
    }
  }

  /** Removes results of earlier boots. */
  private void removeOlder(String kernel) throws IOException {
    try (var files = Files.newDirectoryStream(cache, kernel + "*")) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }

  private String probe(BootSpec spec) {
    CommandResult result;
    try {
      // timeout(1) ends it even if this daemon is killed; the command's own deadline is for a
      // failure of timeout.
      result = host.run(Command.of(command(spec)).within(deadline.multipliedBy(3)));
    } catch (HostFault e) {
      return "the probe guest could not be run: " + e.getMessage();
    }
    if (result.output().contains(PROOF)) {
      return "";
    }
    String said = result.error().strip();
    return said.isEmpty()
        ? "under KVM this kernel said nothing within " + deadline.toSeconds() + " s"
        : "under KVM this kernel did not boot: " + said.replace('\n', ' ');
  }

  private List<String> command(BootSpec spec) {
    var all =
        new ArrayList<>(List.of("timeout", "-s", "KILL", Long.toString(deadline.toSeconds())));
    // On some hosts QEMU aborts because of a register that KVM refuses; no core dump for that.
    all.addAll(List.of("prlimit", "--core=0", "--"));
    all.addAll(Unprivileged.as(spec.uid(), device));
    all.addAll(List.of(QemuCommand.PROGRAM, "-nodefaults", "-no-user-config", "-no-reboot"));
    all.addAll(List.of("-display", "none", "-sandbox", QemuCommand.SANDBOX));
    all.addAll(List.of("-machine", "microvm", "-accel", "kvm", "-cpu", "host", "-m", "256M"));
    all.addAll(List.of("-kernel", spec.kernel().toString(), "-serial", "stdio"));
    // Without a root it panics at once, which ends the probe.
    all.addAll(
        List.of("-append", "console=ttyS0 earlyprintk=serial,ttyS0 panic=-1 reboot=t root=none"));
    return all;
  }
}
