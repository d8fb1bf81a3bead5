package dev.visco.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.WrappedHost;
import dev.visco.model.BootSpec;
import dev.visco.model.Refused;
import dev.visco.vmm.LaunchSite;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.SpecBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The probe on this very host, whatever it is: without KVM, with one that boots every kernel, or
 * with one that opens and then runs nothing.
 */
class KvmProbeIT {
  private LaunchSite site;

  @BeforeEach
  void open() {
    site = new LaunchSite();
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  /** A host on which the probe's QEMU is some other command. */
  private static final class Wrapped extends WrappedHost {
    private final String program;
    private final List<String> instead;

    Wrapped(Host host, String program, List<String> instead) {
      super(host);
      this.program = program;
      this.instead = instead;
    }

    @Override
    public CommandResult run(Command command) {
      var arguments = new ArrayList<>(command.arguments());
      int at = arguments.indexOf(program);
      if (at >= 0) {
        arguments.remove(at);
        arguments.addAll(at, instead);
      }
      return super.run(Command.of(arguments).within(command.deadline()));
    }
  }

  @Test
  void aProbeThatHangsIsKilledAtItsDeadlineAndLeavesNothing() throws IOException {
    Path device = Files.createFile(site.root.resolve("kvm"));
    Path forks = site.root.resolve("qemu");
    // One that does not even notice its parent's death.
    Files.writeString(forks, "#!/bin/sh\nsleep 1234 &\nexec sleep 1234\n");
    site.host.check(Command.of("chmod", "755", forks.toString()));
    var host = new Wrapped(site.host, "qemu-system-x86_64", List.of(forks.toString()));
    var probe = new KvmProbe(host, site.cache(), device, Duration.ofSeconds(1));
    long start = System.nanoTime();
    assertThat(probe.whyNot(site.spec().build()))
        .contains("under KVM this kernel said nothing within 1 s");
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(15));
    site.assertNothingIsLeft();
  }

  @Test
  void whatTheProbeFoundIsWhatHappens() throws IOException {
    Path device = openDevice();
    // In a mount namespace of its own, where everybody may open the device.
    var host =
        new Wrapped(
            site.host,
            "setpriv",
            List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount --bind \"$0\" /dev/kvm && exec setpriv \"$@\"",
                device.toString()));
    var probe = new KvmProbe(host, site.cache(), KvmProbe.DEVICE, Duration.ofSeconds(4));
    SpecBuilder builder = site.spec();
    builder.bootArgs = List.of("root=/dev/nonexistent", "visco.root-deadline=0");
    BootSpec spec = builder.build();
    Optional<String> whyNot = probe.whyNot(spec);
    whyNot.ifPresent(why ->
        // Anything but a lack of permission: this QEMU could open it.
        assertThat(why)
            .matches(
                "this host has no /dev/kvm|under KVM this kernel said nothing within 4 s"
                    + "|under KVM this kernel did not boot: .*")
            .doesNotContain("Permission denied"));
    site.assertNothingIsLeft();
    if (whyNot.isPresent()) {
      assertThatEmulationIsUsed(whyNot.get(), probe, spec);
    }
    // Where KVM works, the machine itself is not tried: outside of that namespace it may not open
    // the device.
  }

  private void assertThatEmulationIsUsed(String whyNot, KvmProbe probe, BootSpec spec) {
    assertThatThrownBy(() -> new Qemu(site.host, site.cache(), "kvm", probe).launch(spec))
        .isInstanceOf(Refused.class)
        .hasMessage(
            "KVM does not work here for this kernel: "
                + whyNot
                + ". Set vmm.accelerator to auto or tcg.");
    MachineHandle machine = new Qemu(site.host, site.cache(), "auto", probe).launch(spec);
    assertThat(machine.ref().accelerator()).isEqualTo("tcg");
    LaunchSite.awaitConsole(spec.folder(), "Linux version");
    machine.stop(Duration.ofSeconds(5));
  }

  /** A node of the same device that everybody may open; /dev/kvm itself stays as it is. */
  private Path openDevice() {
    Path device = site.root.resolve("kvm");
    if (Files.exists(KvmProbe.DEVICE)) {
      site.host.check(Command.of("mknod", "-m", "666", device.toString(), "c", "10", "232"));
    }
    return device;
  }
}
