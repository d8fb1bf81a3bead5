package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Two releases side by side with guests that really boot: the compatible process stands for both,
 * one without PCI and one with it.
 */
@ExtendWith(OuterNetwork.Extension.class)
@EnabledIfSystemProperty(
    named = "visco.all",
    matches = "true",
    disabledReason = "it takes minutes; ./visco test --all runs it")
class RolloutIT {
  private static final String OLD = "1.9.1";
  private static final String NEW = "1.16.1";

  /** Written once for all tests: each file trains its AOT cache, which takes seconds. */
  @TempDir private static Path folder;

  private ViscoUnderTest withBothReleases() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    var visco = ViscoUnderTest.withImage(Map.of()).up();
    try {
      for (String release : List.of(OLD, NEW)) {
        String file = folder.resolve("firecracker-" + release).toString();
        if (!Files.exists(Path.of(file))) {
          visco.ok("firecracker-compatible", "--write", file, "--compatible-release", release);
        }
        assertThat(visco.ok("vmm", "add", file, "--no-jailer").strip()).isEqualTo(release);
      }
      return visco;
    } catch (RuntimeException | Error e) {
      visco.close();
      throw e;
    }
  }

  /** As they stood in the earlier product's handbook, whichever VMM runs the VM. */
  private static void theOperatorsCommandsWork(ViscoUnderTest visco, String vm) {
    var host = new LinuxHost();
    String file = visco.data().resolve("vms").resolve(vm).resolve("vm-config.json").toString();
    String address =
        host.run(Command.of("grep", "-oP", "(?<=ip=)\\d+\\.\\d+\\.\\d+\\.\\d+", file))
            .output()
            .strip();
    assertThat(address).isEqualTo(visco.json("inspect", vm).path("address").asString());
    assertThat(host.run(Command.of("busybox", "ping", "-c", "2", address)).output())
        .contains("2 packets received");
  }

  private static String releaseOf(ViscoUnderTest visco, String vm) {
    return visco.json("inspect", vm).path("release").asString();
  }

  private static String inUse(ViscoUnderTest visco) {
    for (JsonNode release : visco.json("vmm", "ls")) {
      if (release.path("status").asString().equals("in use")) {
        return release.path("name").asString();
      }
    }
    return "";
  }

  private static Map<String, Long> pids(ViscoUnderTest visco) {
    var pids = new TreeMap<String, Long>();
    for (JsonNode vm : visco.json("ps")) {
      pids.put(vm.path("vmId").asString(), vm.path("pid").asLong());
    }
    return pids;
  }

  /** Needs no second release: the canaries themselves, as they boot under QEMU. */
  @Test
  void canariesBootRealGuestsAndLeaveNothing() throws Exception {
    try (var visco = ViscoUnderTest.withImages(Map.of()).up()) {
      String table = visco.ok("vmm", "canary", "qemu");
      assertThat(table)
          .contains("canaries on qemu:")
          .contains("✓  cli")
          .contains("all 7 of its")
          .contains("✓  browser")
          .contains("all 11 of its");
      assertThat(visco.json("ps")).isEmpty();
      JsonNode events = visco.json("events");
      assertThat(events.get(events.size() - 1).path("kind").asString()).isEqualTo("canary-met");
      assertThat(visco.text("/metrics"))
          .contains("visco_creates_total{outcome=\"ready\",release=\"qemu\"} 2.0")
          .contains("visco_canaries_total{outcome=\"met\"} 1.0")
          .contains("visco_release_in_use{release=\"qemu\"} 1.0");
      assertThat(visco.run("vmm", "rollback").exitCode()).isEqualTo(3);
      assertThat(visco.run("vmm", "use", "1.16.1").exitCode()).isEqualTo(4);
    }
  }

  @Test
  void releasesAreUsedAndLeftWhileVmsRun() throws Exception {
    try (var visco = withBothReleases()) {
      String onQemu = visco.create();
      assertThat(visco.json("vmm", "use", OLD).path("isChanged").asBoolean()).isTrue();
      String onOld = visco.create();
      assertThat(visco.ok("vmm", "use", NEW, "--dry-run")).contains(onOld, onQemu);
      visco.ok("vmm", "use", NEW);
      String onNew = visco.create("--transport", "pci");
      assertThat(
              List.of(releaseOf(visco, onQemu), releaseOf(visco, onOld), releaseOf(visco, onNew)))
          .containsExactly("qemu", OLD, NEW);
      assertThat(visco.ok("report", onNew)).contains("1af4:1042", "1af4:1041");
      List.of(onQemu, onOld, onNew).forEach(vm -> theOperatorsCommandsWork(visco, vm));
      Map<String, Long> before = pids(visco);
      assertThat(before).containsOnlyKeys(onQemu, onOld, onNew);

      visco.ok("vmm", "rollback");
      assertThat(inUse(visco)).isEqualTo(OLD);
      visco.killDaemon();
      visco.ok("up", "--no-vm");
      assertThat(pids(visco)).as("neither a rollback nor kill -9 ends a VM").isEqualTo(before);
      for (String vm : before.keySet()) {
        assertThat(visco.ok("exec", vm, "--", "echo", "still here")).isEqualTo("still here\n");
      }
      assertThat(inUse(visco)).isEqualTo(OLD);

      CommandResult pci = visco.run("create", "--transport", "pci");
      assertThat(pci.exitCode()).as("1.9.1 has no PCI").isNotZero();
      assertThat(pci.error()).contains("pci-unsupported");
      CommandResult needed = visco.run("vmm", "rm", NEW);
      assertThat(needed.exitCode()).isNotZero();
      assertThat(needed.error()).contains("runs " + onNew);
      visco.ok("rm", onNew);
      visco.ok("vmm", "rm", NEW);
    }
  }

  @Test
  void aReleaseThatStartsFailingIsLeftByItself() throws Exception {
    try (var visco = withBothReleases()) {
      visco.ok("vmm", "use", NEW);
      String good = visco.create();
      Files.writeString(
          visco.data().resolve("releases").resolve(NEW).resolve("firecracker"),
          "damaged\n",
          StandardOpenOption.APPEND);
      var failed = new ArrayList<String>();
      for (int number = 0; number < 3; number++) {
        CommandResult create = visco.run("create");
        assertThat(create.exitCode()).isNotZero();
        failed.add(create.output().strip());
      }
      Awaitility.await()
          .atMost(Duration.ofMinutes(3))
          .pollInterval(Duration.ofMillis(500))
          .until(() -> inUse(visco).equals("qemu"));
      assertThat(visco.ok("events"))
          .contains("rolled-back-automatically")
          .contains("3 creates in a row failed on release " + NEW);
      assertThat(visco.ok("vmm", "ls")).contains("rolled back");
      assertThat(releaseOf(visco, visco.create())).isEqualTo("qemu");
      assertThat(visco.ok("exec", good, "--", "echo", "still here")).isEqualTo("still here\n");
      assertThat(visco.run("vmm", "use", NEW).error())
          .contains("Visco rolled it back automatically");
      assertThat(failed).doesNotContain("");
    }
  }
}
