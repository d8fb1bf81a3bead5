package dev.visco.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.CommandResult;
import dev.visco.host.HostFault;
import dev.visco.model.Digest;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.vmm.ScriptedHost;
import dev.visco.vmm.SpecBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** For what the probe's answer holds, and what is made of it. */
class KvmProbeTest {
  private static final CommandResult BOOTS =
      new CommandResult(0, "[    0.000000] Linux version 6.1.0\r\n", "");
  private static final CommandResult SILENT = new CommandResult(137, "", "");

  @TempDir Path folder;
  private final ScriptedHost host = new ScriptedHost();
  private final SpecBuilder spec = new SpecBuilder();
  private Path device;

  @BeforeEach
  void deviceIsThere() throws IOException {
    device = Files.createFile(folder.resolve("kvm"));
  }

  private KvmProbe probe() {
    return new KvmProbe(host, cache(), device, Duration.ofSeconds(5));
  }

  private Path cache() {
    return folder.resolve("cache");
  }

  @Test
  void theKernelsOwnFirstLineIsTheProof() {
    host.answer = command -> BOOTS;
    assertThat(probe().whyNot(spec.build())).isEmpty();
    assertThat(host.commands).hasSize(1);
    assertThat(host.commands.getFirst())
        .startsWith("timeout", "-s", "KILL", "5", "prlimit", "--core=0", "--", "setpriv")
        .contains("--reuid=1000000003", "--regid=1000000003", "--no-new-privs")
        .containsSequence("-accel", "kvm")
        .containsSequence("-kernel", "/images/kernel")
        .contains("-sandbox", "-no-reboot")
        .doesNotContain("-drive", "-netdev", "-initrd");
  }

  @Test
  void anExitCodeProvesNothing() {
    host.answer = command -> new CommandResult(0, "SeaBIOS (version 1.16)\n", "");
    assertThat(probe().whyNot(spec.build()))
        .contains("under KVM this kernel said nothing within 5 s");
  }

  @Test
  void aSilentKernelDoesNotBoot() {
    host.answer = command -> SILENT;
    assertThat(probe().whyNot(spec.build()))
        .contains("under KVM this kernel said nothing within 5 s");
  }

  @Test
  void qemusOwnWordsAreKept() {
    host.answer = command -> new CommandResult(1, "", "Could not access KVM\nPermission denied\n");
    Optional<String> said =
        Optional.of("under KVM this kernel did not boot: Could not access KVM Permission denied");
    assertThat(probe().whyNot(spec.build())).isEqualTo(said);
    assertThat(probe().whyNot(spec.build())).as("from the cache").isEqualTo(said);
    assertThat(host.commands).hasSize(1);
  }

  @Test
  void aProbeThatCannotBeRunIsANo() {
    host.answer =
        command -> {
          throw new HostFault("cannot start timeout");
        };
    assertThat(probe().whyNot(spec.build()))
        .contains("the probe guest could not be run: cannot start timeout");
  }

  @Test
  void theAnswerHoldsForOneKernelOneHostKernelAndOneBoot() throws IOException {
    host.answer = command -> BOOTS;
    assertThat(probe().whyNot(spec.build())).isEmpty();
    host.answer = command -> SILENT;
    spec.memoryMib = 1024;
    assertThat(probe().whyNot(spec.build())).as("another VM, another daemon").isEmpty();
    assertThat(host.commands).hasSize(1);

    spec.digest = new Digest("sha256:" + "cd".repeat(32));
    assertThat(probe().whyNot(spec.build())).as("another kernel").isPresent();
    spec.digest = new SpecBuilder().digest;
    assertThat(probe().whyNot(spec.build())).as("the first one again").isEmpty();
    assertThat(host.commands).hasSize(2);

    host.bootId = "boot-two";
    assertThat(probe().whyNot(spec.build())).as("another boot").isPresent();
    host.answer = command -> BOOTS;
    host.kernelRelease = "6.12.0-host";
    assertThat(probe().whyNot(spec.build())).as("another host kernel").isEmpty();
    assertThat(host.commands).hasSize(4);
    try (var files = Files.list(cache())) {
      assertThat(files).as("one answer per kernel").hasSize(2);
    }
  }

  @Test
  void aKernelWhoseDigestBeginsAlikeIsAnotherOne() {
    host.answer = command -> BOOTS;
    assertThat(probe().whyNot(spec.build())).isEmpty();
    host.answer = command -> SILENT;
    spec.digest = new Digest("sha256:" + "ab".repeat(20) + "00".repeat(12));
    assertThat(probe().whyNot(spec.build())).isPresent();
  }

  @Test
  void manyAtOnceProbeOnce() throws InterruptedException {
    host.answer = command -> BOOTS;
    KvmProbe probe = probe();
    List<Thread> threads = new ArrayList<>();
    for (int caller = 0; caller < 8; caller++) {
      threads.add(Thread.ofVirtual().start(() -> probe.whyNot(spec.build())));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(host.commands).hasSize(1);
  }

  @Test
  void aHostWithoutTheDeviceIsAskedAgainLater() throws IOException {
    Files.delete(device);
    assertThat(probe().whyNot(spec.build())).contains("this host has no " + device);
    assertThat(host.commands).isEmpty();
    Files.createFile(device);
    host.answer = command -> BOOTS;
    assertThat(probe().whyNot(spec.build())).isEmpty();
  }

  @Test
  void kvmAlwaysIsRefusedWhereItDoesNotWork() {
    host.answer = command -> SILENT;
    var vmm = new Qemu(host, cache(), "kvm", probe());
    assertThatThrownBy(() -> vmm.launch(spec.build()))
        .isInstanceOfSatisfying(
            Refused.class,
            refused -> {
              assertThat(refused.refusal()).isInstanceOf(Refusal.HostLacks.class);
              assertThat(refused.refusal().detail())
                  .isEqualTo(
                      "KVM does not work here for this kernel: under KVM this kernel said nothing"
                          + " within 5 s.");
              assertThat(refused.refusal().remedy())
                  .isEqualTo("Set vmm.accelerator to auto or tcg.");
            });
  }

  @Test
  void anyAcceleratorIsKvmWhereItWorksAndEmulationWhereNot() {
    host.answer = command -> BOOTS;
    assertThat(new Qemu(host, cache(), "auto", probe()).kernelCommandLine(spec.build()))
        .doesNotContain("tsc=reliable");
    host.answer = command -> SILENT;
    host.bootId = "boot-two";
    assertThat(new Qemu(host, cache(), "auto", probe()).kernelCommandLine(spec.build()))
        .contains("tsc=reliable");
  }

  @Test
  void emulationAloneAsksNobody() {
    host.answer = command -> SILENT;
    assertThat(new Qemu(host, cache(), "tcg", probe()).kernelCommandLine(spec.build()))
        .contains("tsc=reliable");
    assertThat(host.commands).noneMatch(command -> command.contains("qemu-system-x86_64"));
  }
}
