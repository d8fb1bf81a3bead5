package dev.visco.failures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.wire.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Real guests that cannot work: refused before, explained after, settled by experiment. */
@ExtendWith(OuterNetwork.Extension.class)
class DiagnosisIT {
  @TempDir Path folder;

  private FailingGuest guest(ViscoUnderTest visco, String name) throws Exception {
    return new FailingGuest(visco, name, Files.createDirectories(folder.resolve(name))).withImage();
  }

  @Test
  void theFixThatThreeReviewersAgreedOnIsRefusedAndExplained() throws Exception {
    try (var visco = ViscoUnderTest.withImage(FailingGuest.settings(folder)).up()) {
      CommandResult refused =
          visco.run("create", "--boot-arg", "root=/dev/sda", "--transport", "pci");
      assertThat(refused.exitCode()).isEqualTo(3);
      assertThat(refused.output()).isEmpty();
      assertThat(refused.error()).contains("Virtio disks are /dev/vda on MMIO and on PCI alike");
      assertThat(visco.json("ps", "--all")).isEmpty();

      CommandResult forced =
          visco.run("create", "--boot-arg", "root=/dev/sda", "--transport", "pci", "--force");
      assertThat(forced.exitCode()).isEqualTo(1);
      assertThat(forced.error()).contains("Cause (root-named-scsi)");
      String id = forced.output().strip();
      assertThat(visco.run("report", id).output())
          .contains("overruled by --force: root-named-scsi");
      String told = visco.run("diagnose", id).output();
      assertThat(told)
          .contains("cannot find root device \"/dev/sda\"")
          .contains("Kernel panic - not syncing")
          .contains("the preflight said so (root-named-scsi) and was overruled");

      aBundleIsExplainedElsewhere(visco, id);
    }
  }

  /** Whoever has the file needs neither the VM nor a daemon, and finds no key in it. */
  private void aBundleIsExplainedElsewhere(ViscoUnderTest visco, String id) throws Exception {
    Path bundle = folder.resolve("bundle.tar.gz");
    visco.ok("bundle", id, "--output", bundle.toString());
    visco.ok("rm", id);
    visco.ok("down", "--yes");
    CommandResult elsewhere = visco.run("diagnose", "--bundle", bundle.toString());
    assertThat(elsewhere.output()).contains("(certain)", "root-named-scsi", "/dev/sda");

    var host = new LinuxHost();
    String names = host.check(Command.of("tar", "-tzf", bundle.toString())).output();
    assertThat(names.lines().map(name -> name.replaceFirst(".*/", "")))
        .contains("evidence.json", "console.log", "vm-config.json", "manifest.json", "host.json")
        .doesNotContain("seed.img", "id_ed25519", "ssh_host_ed25519_key", "root.qcow2");
    String all = host.check(Command.of("tar", "-xzOf", bundle.toString())).output();
    assertThat(all).doesNotContain("PRIVATE KEY");

    Path wrong = Files.writeString(folder.resolve("wrong.tar.gz"), "no archive");
    CommandResult refused = visco.run("diagnose", "--bundle", wrong.toString());
    assertThat(refused.exitCode()).isEqualTo(3);
    assertThat(refused.error())
        .contains("bundle \"" + wrong, "Give a file that visco bundle wrote");
    String harmless =
        visco.ok("diagnose", "--line", "virtio-mmio: probe of virtio-mmio.0 failed with error -16");
    assertThat(harmless).startsWith("Harmless.").contains("announced twice");
  }

  @Test
  void whatIsKnownOfAnImportedImageIsRefusedAndWithForceExplained() throws Exception {
    try (var visco = ViscoUnderTest.withImage(FailingGuest.settings(folder)).up()) {
      for (String name : new String[] {"initramfs-without-blk", "memory-40"}) {
        FailingGuest guest = guest(visco, name).refused();
        guest.diagnosed(guest.fail());
      }
      guest(visco, "two-addresses").refused();
    }
  }

  @Test
  void aTapThatIsSetDownAfterTheBootIsFoundAndItsRemedyHelps() throws Exception {
    try (var visco = ViscoUnderTest.withImage(FailingGuest.settings(folder)).up()) {
      FailingGuest guest = guest(visco, "tap-down");
      String id = guest.fail();
      String command = guest.diagnosed(id).path("command").asString();
      assertThat(command).startsWith("ip -n visco-").contains(" link set tap0 up");
      new LinuxHost().check(Command.of("sh", "-eu", "-c", command));
      CommandResult now = visco.run("diagnose", id);
      assertThat(now.exitCode()).as(now.output()).isZero();
      assertThat(visco.ok("exec", id, "--", "echo", "back")).isEqualTo("back\n");
    }
  }

  @Test
  void theOriginalIncidentIsSettledByExperiment() throws Exception {
    try (var visco = ViscoUnderTest.withImage(FailingGuest.settings(folder)).up()) {
      FailingGuest guest = guest(visco, "original-incident").refused();
      String id = guest.fail();
      long before = System.nanoTime();
      CommandResult result = visco.run("diagnose", id, "--experiment", "--json");
      Duration took = Duration.ofNanos(System.nanoTime() - before);
      assertThat(result.exitCode()).as(result.error()).isZero();
      JsonNode experiment = Json.read(result.output(), JsonNode.class);
      assertThat(experiment.path("solution").valueStream().map(JsonNode::asString))
          .as(experiment.toString())
          .containsExactlyInAnyOrder("kernel", "root");
      assertThat(experiment.path("causes").valueStream().map(one -> one.path("rule").asString()))
          .containsExactly("virtio-blk-missing", "root-named-scsi");
      assertThat(took).isLessThan(Duration.ofMinutes(2));
      // The copies are gone, the failed VM and its evidence are not.
      assertThat(visco.json("ps").valueStream().map(vm -> vm.path("vmId").asString()))
          .containsExactly(id);
      assertThat(visco.data().resolve("vms").resolve(id).resolve("evidence.json")).isRegularFile();
      String table = visco.run("report", id).output();
      assertThat(table).contains("root device opened");
    }
  }
}
