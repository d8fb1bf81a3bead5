package dev.visco.vmm;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.model.BootSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether KVM works is a fact about a host and a kernel: some hosts run only guests that avoid
 * privileged set-up. So the very kernel that is to be used is booted once, without disks; one line
 * of its own on the console is the proof. The answer holds for this kernel, host kernel and boot.
 */
final class KvmProbe {
  private static final String DEVICE = "/dev/kvm";
  private static final int SECONDS = 5;
  private final Host host;
  private final Path cache;

  KvmProbe(Host host, Path cache) {
    this.host = host;
    this.cache = cache;
  }

  /** Empty when KVM boots this kernel, otherwise why not. */
  Optional<String> whyNot(BootSpec spec) {
    if (!Files.exists(Path.of(DEVICE))) {
      return Optional.of("this host has no " + DEVICE);
    }
    Path file =
        cache.resolve(
            "kvm-"
                + spec.kernelDigest().brief()
                + "-"
                + host.kernelRelease()
                + "-"
                + host.bootId());
    try {
      if (!Files.exists(file)) {
        Files.createDirectories(cache);
        DurableFiles.write(file, probe(spec).getBytes(StandardCharsets.UTF_8), "rw-r--r--");
      }
      return Optional.of(Files.readString(file)).filter(why -> !why.isEmpty());
    } catch (IOException e) {
      return Optional.of("the probe's result cannot be kept: " + e.getMessage());
    }
  }

  private String probe(BootSpec spec) {
    var arguments = new ArrayList<>(List.of("timeout", "-s", "KILL", Integer.toString(SECONDS)));
    arguments.addAll(asUser(spec.uid()));
    arguments.addAll(
        List.of(
            "qemu-system-x86_64",
            "-nodefaults",
            "-no-user-config",
            "-no-reboot",
            "-display",
            "none",
            "-machine",
            "microvm",
            "-accel",
            "kvm",
            "-cpu",
            "host",
            "-m",
            "256M",
            "-kernel",
            spec.kernel().toString(),
            "-serial",
            "stdio",
            // Without a root it panics at once, which ends the probe.
            "-append",
            "console=ttyS0 earlyprintk=serial,ttyS0 panic=-1 reboot=t"));
    var result = host.run(Command.of(arguments));
    if (result.output().contains("Linux version")) {
      return "";
    }
    String said = result.error().strip();
    return said.isEmpty()
        ? "under KVM this kernel said nothing within " + SECONDS + " s"
        : "under KVM this kernel did not boot: " + said;
  }

  /**
   * Changes to an unprivileged user that may open /dev/kvm where its group may. Execs in place: the
   * pid stays.
   */
  static List<String> asUser(int uid) {
    String groups = "--clear-groups";
    try {
      Path device = Path.of(DEVICE);
      if (Files.exists(device)) {
        int gid = (Integer) Files.getAttribute(device, "unix:gid");
        groups = gid == 0 ? groups : "--groups=" + gid;
      }
    } catch (IOException e) {
      // Then the machine goes without KVM, and the probe says so.
    }
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
