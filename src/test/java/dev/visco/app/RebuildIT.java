package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.image.Image;
import dev.visco.image.TestImages;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Real guests that get root disks of other images, and go back to their own. */
@ExtendWith(OuterNetwork.Extension.class)
@EnabledIfSystemProperty(
    named = "visco.all",
    matches = "true",
    disabledReason = "it takes minutes; ./visco test --all runs it")
class RebuildIT {
  private static final String BUILD = "/etc/visco-build";
  @TempDir private Path folder;
  private final Host host = new LinuxHost();

  /** The cli image with a change of its root file system, under another name. */
  private void importImage(ViscoUnderTest visco, String name, String change) {
    Image cli = TestImages.cli();
    Path root = folder.resolve(name + ".img");
    host.check(Command.of("cp", "--sparse=always", cli.rootfs().toString(), root.toString()));
    Path library = Path.of("src/test/failures/lib.sh").toAbsolutePath();
    host.check(
        Command.of("sh", "-eu", "-c", ". " + library + "\n" + change)
            .withEnvironment(Map.of("ROOT", root.toString()))
            .in(folder)
            .within(Duration.ofMinutes(1)));
    visco.ok(
        "image",
        "import",
        name,
        "--force",
        "--kernel",
        cli.kernel().toString(),
        "--initrd",
        Objects.requireNonNull(cli.initrd()).toString(),
        "--rootfs",
        root.toString());
  }

  private static JsonNode vm(ViscoUnderTest visco, String id) {
    return visco.request("GET", "/api/vms/" + id);
  }

  private static String sh(ViscoUnderTest visco, String id, String script) {
    return visco.ok("exec", id, "--", "sh", "-c", script);
  }

  /** The pinned key, which the guest proves to have at each session. */
  private static String hostKey(ViscoUnderTest visco, String id) {
    try {
      return Files.readString(
          visco.data().resolve("vms").resolve(id).resolve("keys/ssh_host_ed25519_key.pub"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> disks(ViscoUnderTest visco, String id) {
    return host.check(
            Command.of("find", visco.data().resolve("vms/" + id).toString(), "-name", "root.*"))
        .output()
        .lines()
        .toList();
  }

  @Test
  void aVmGetsAnotherImageAndKeepsWhatIsItsOwn() {
    try (var visco = ViscoUnderTest.withImage(Map.of("VISCO_SPARE_SLOTS", "1")).up()) {
      importImage(visco, "newer", "echo newer >build; put build " + BUILD + " 644");
      visco.ok("volume", "create", "data", "--size", "64m");
      for (String transport : List.of("mmio", "pci")) {
        String id = visco.create("--transport", transport, "--volume", "data:/srv/data");
        sh(visco, id, "echo of-" + id + " >/srv/data/file && echo mine >/its-work && sync");
        String key = hostKey(visco, id);
        JsonNode before = vm(visco, id);
        assertThat(visco.run("rebuild", id, "--image", "newer").error())
            .contains("would be lost", "visco rebuild " + id + " --image newer --yes");

        assertThat(visco.ok("rebuild", id, "--image", "newer", "--yes")).isEqualTo(id + "\n");
        JsonNode after = vm(visco, id);
        assertThat(after.path("state").asString()).isEqualTo("ready");
        assertThat(after.path("image").asString()).isEqualTo("newer");
        assertThat(after.path("imageDigest")).isNotEqualTo(before.path("imageDigest"));
        assertThat(after.path("address")).isEqualTo(before.path("address"));
        assertThat(after.has("rebuild")).isFalse();
        assertThat(sh(visco, id, "cat /srv/data/file " + BUILD + " && uname -n"))
            .isEqualTo("of-" + id + "\nnewer\n" + id + "\n");
        assertThat(hostKey(visco, id)).as("the guest has proved it").isEqualTo(key);
        assertThat(visco.run("exec", id, "--", "test", "-e", "/its-work").exitCode())
            .as("a fresh root disk")
            .isEqualTo(1);
        assertThat(disks(visco, id)).hasSize(1);
        assertThat(visco.ok("report", id)).contains("volume data  /srv/data");

        sh(visco, id, "echo again >/its-work && sync");
        visco.ok("stop", id);
        visco.ok("rebuild", id, "--yes");
        assertThat(visco.run("exec", id, "--", "test", "-e", "/its-work").exitCode()).isEqualTo(1);
        visco.ok("rm", id);
      }
      visco.ok("image", "rm", "newer");
    }
  }

  @Test
  void aVmWhoseNewImageFailsIsBackOnItsOldDisk() {
    try (var visco = ViscoUnderTest.withImage(Map.of("VISCO_SPARE_SLOTS", "1")).up()) {
      importImage(visco, "broken", "start 'echo c >/proc/sysrq-trigger'");
      String id = visco.create();
      sh(visco, id, "echo of-" + id + " >/its-work && sync");
      JsonNode before = vm(visco, id);

      CommandResult failed = visco.run("rebuild", id, "--image", "broken", "--yes");
      assertThat(failed.exitCode()).as(failed.error()).isEqualTo(1);
      assertThat(failed.error()).contains("was not rebuilt with the image broken", "Cause");
      JsonNode after = vm(visco, id);
      assertThat(after.path("state").asString()).isEqualTo("ready");
      assertThat(after.path("imageDigest")).isEqualTo(before.path("imageDigest"));
      assertThat(after.path("address")).isEqualTo(before.path("address"));
      assertThat(after.path("rebuild").path("stage").asString()).isEqualTo("failed");
      assertThat(sh(visco, id, "cat /its-work")).isEqualTo("of-" + id + "\n");
      assertThat(disks(visco, id)).hasSize(1);
      Path evidence = visco.data().resolve("vms").resolve(id).resolve("boots/2");
      assertThat(evidence.resolve("console.log")).isNotEmptyFile();
      assertThat(evidence.resolve("diagnosis.json")).isNotEmptyFile();

      killedMeanwhile(visco, id);
      visco.ok("image", "rm", "broken");
    }
  }

  private void killedMeanwhile(ViscoUnderTest visco, String id) {
    visco.ok("rebuild", id, "--image", "broken", "--yes", "--no-wait");
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> disks(visco, id).size() == 2 && visco.stepOf(id).equals("verify-boot"));
    assertThat(visco.run("image", "rm", "broken").error()).contains("is used by VMs");
    visco.killDaemon();
    visco.ok("up", "--no-vm");
    Awaitility.await()
        .atMost(Duration.ofMinutes(4))
        .until(() -> vm(visco, id).path("state").asString().equals("ready"));
    assertThat(sh(visco, id, "cat /its-work")).isEqualTo("of-" + id + "\n");
    assertThat(disks(visco, id)).hasSize(1);
    assertThat(Files.exists(visco.data().resolve("vms").resolve(id))).isTrue();
  }
}
