package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Real guests that are stopped and started: by hand, from within, by accident, with their host. */
@ExtendWith(OuterNetwork.Extension.class)
class PowerIT {
  private static final Duration SOON = Duration.ofMinutes(4);
  private static final String WORK = "/its-work";
  private static final String VOLUME = "/srv/data";

  @TempDir private Path folder;
  private final Host host = new LinuxHost();

  private static JsonNode vm(ViscoUnderTest visco, String id) {
    return visco.request("GET", "/api/vms/" + id);
  }

  private static JsonNode await(ViscoUnderTest visco, String id, String state) {
    Awaitility.await()
        .atMost(SOON)
        .until(() -> vm(visco, id).path("state").asString().equals(state));
    return vm(visco, id);
  }

  /** A desktop by PCI; with {@code --all} both types on both transports. */
  private static final List<List<String>> EACH =
      Stream.of(
              List.of("browser", "pci", "two"),
              List.of("cli", "mmio", "one"),
              List.of("cli", "pci", "three"),
              List.of("browser", "mmio", "four"))
          .limit(Boolean.getBoolean("visco.all") ? 4 : 1)
          .map(one ->
              List.of(
                  "--type",
                  one.get(0),
                  "--transport",
                  one.get(1),
                  "--volume",
                  one.get(2) + ":" + VOLUME))
          .toList();

  private static void work(ViscoUnderTest visco, String id) {
    visco.ok("exec", id, "--", "sh", "-c", "echo of-" + id + " >" + WORK + "; sync");
  }

  private static void assertHasItsWork(ViscoUnderTest visco, String id) {
    assertThat(visco.ok("exec", id, "--", "cat", WORK)).isEqualTo("of-" + id + "\n");
  }

  private static void assertVolumeHasItsWork(ViscoUnderTest visco, String id) {
    assertThat(visco.ok("exec", id, "--", "cat", VOLUME + WORK)).isEqualTo("of-" + id + "\n");
  }

  @Test
  void aVmIsStoppedStartedAndRestartedWithItsDisksItsKeysAndItsAddress() {
    try (var visco = ViscoUnderTest.withImages(Map.of("VISCO_SPARE_SLOTS", "1")).up()) {
      for (List<String> asked : EACH) {
        visco.ok("volume", "create", asked.getLast().split(":", 2)[0], "--size", "32m");
        String id = visco.create(asked.toArray(String[]::new));
        work(visco, id);
        visco.ok("exec", id, "--", "sh", "-c", "cp " + WORK + " " + VOLUME + WORK + "; sync");
        JsonNode before = vm(visco, id);
        assertThat(visco.ok("stop", id)).isEqualTo(id + "\n");
        JsonNode stopped = vm(visco, id);
        assertThat(stopped.path("state").asString()).as("%s", asked).isEqualTo("stopped");
        assertThat(stopped.has("pid")).isFalse();
        assertThat(host.run(Command.of("kill", "-0", before.path("pid").asString())).exitCode())
            .as("its machine has ended")
            .isNotZero();
        String console = visco.text("/api/vms/" + id + "/console");
        assertThat(console).as("its guest was asked").contains("reboot: Power down");
        assertThat(visco.run("exec", id, "--", "true").error()).contains("visco start " + id);
        assertThat(visco.ok("start", id)).isEqualTo(id + "\n");
        assertHasItsWork(visco, id);
        JsonNode after = vm(visco, id);
        assertThat(after.path("state").asString()).isEqualTo("ready");
        assertThat(after.path("address")).isEqualTo(before.path("address"));
        assertThat(visco.data().resolve("vms").resolve(id).resolve("boots/1/console.log"))
            .as("the evidence of the boot before")
            .exists();
        assertVolumeHasItsWork(visco, id);
        assertTellsOfItsFirstBoot(visco, id);
        visco.ok("restart", id, "--grace", "20s");
        assertHasItsWork(visco, id);
        assertVolumeHasItsWork(visco, id);
        assertThat(visco.json("boots", id).findValuesAsString("boot")).containsExactly("2", "1");
        assertThat(vm(visco, id).path("pid")).isNotEqualTo(after.path("pid"));
        visco.ok("kill", id);
        assertThat(vm(visco, id).path("state").asString()).isEqualTo("stopped");
        visco.ok("rm", id);
      }
    }
  }

  private void assertTellsOfItsFirstBoot(ViscoUnderTest visco, String id) {
    JsonNode boots = visco.json("boots", id);
    assertThat(boots).hasSize(1);
    assertThat(boots.get(0).path("met").asBoolean()).isTrue();
    assertThat(visco.ok("report", id, "--boot", "1")).contains("root device opened");
    assertThat(visco.ok("logs", id, "--boot", "1")).contains("reboot: Power down");
    assertThat(visco.run("logs", id, "--boot", "9").exitCode()).isEqualTo(4);
    Path bundle = folder.resolve(id + ".tar.gz");
    visco.ok("bundle", id, "-o", bundle.toString());
    assertThat(host.check(Command.of("tar", "tzf", bundle.toString())).output())
        .contains("visco-" + id + "/boots/1/console.log", "visco-" + id + "/boots/1/report.json");
  }

  @Test
  void howAGuestEndsDecidesWhetherItIsStartedAgain() {
    try (var visco = ViscoUnderTest.withImage(Map.of("VISCO_SPARE_SLOTS", "1")).up()) {
      String id = visco.create();
      work(visco, id);
      visco.run("exec", id, "--", "sh", "-c", "echo c >/proc/sysrq-trigger");
      Awaitility.await().atMost(SOON).until(() -> vm(visco, id).has("restarts"));
      assertThat(await(visco, id, "ready").path("restarts").asInt()).isEqualTo(1);
      assertHasItsWork(visco, id);
      host.check(Command.of("kill", "-9", vm(visco, id).path("pid").asString()));
      Awaitility.await().atMost(SOON).until(() -> vm(visco, id).path("restarts").asInt() == 2);
      await(visco, id, "ready");
      assertHasItsWork(visco, id);
      visco.run("exec", id, "--", "poweroff");
      JsonNode stopped = await(visco, id, "stopped");
      assertThat(stopped.path("failure").asString()).isEqualTo("Its guest was shut down.");
      assertThat(stopped.has("pid")).isFalse();
      visco.ok("start", id);
      assertHasItsWork(visco, id);
    }
  }

  /** All that a reboot takes: processes, namespaces, interfaces, rules, and the boot's id. */
  private void reboot(ViscoUnderTest visco, List<String> vms) throws Exception {
    var pids = new ArrayList<String>();
    vms.forEach(id -> pids.add(vm(visco, id).path("pid").asString()));
    visco.killDaemon();
    for (String pid : pids) {
      host.check(Command.of("kill", "-9", pid));
    }
    assertThat(pids).as("they ran").doesNotContain("");
    String ours = visco.installation().orElseThrow();
    host.check(
        Command.of(
            "sh",
            "-c",
            "for ns in $(ip netns list | grep -o '[^ ]*"
                + ours
                + "[^ ]*'); do ip netns delete $ns; done; nft list tables | grep "
                + ours
                + " | while read -r table; do nft delete $table; done"));
    Path boot =
        Files.writeString(folder.resolve("boot-id"), "12345678-1234-4123-8123-123456789abc\n");
    var words =
        new ArrayList<>(
            List.of(
                "unshare",
                "--mount",
                "--propagation",
                "unchanged",
                "sh",
                "-c",
                "mount --make-private /proc && mount --bind "
                    + boot
                    + " /proc/sys/kernel/random/boot_id && exec \"$0\" \"$@\""));
    words.addAll(visco.program());
    visco.startBy(words);
  }

  @Test
  void afterARebootOfTheHostWhatRanRunsAndWhatWasStoppedStaysStopped() throws Exception {
    try (var visco = ViscoUnderTest.withImage(Map.of("VISCO_SPARE_SLOTS", "1")).up()) {
      String mmio = visco.create("--restart", "no");
      String pci = visco.create("--transport", "pci");
      String stopped = visco.create("--restart", "always");
      for (String id : List.of(mmio, pci, stopped)) {
        work(visco, id);
      }
      visco.ok("stop", stopped);
      reboot(visco, List.of(mmio, pci));
      visco.up();
      for (String id : List.of(mmio, pci)) {
        await(visco, id, "ready");
        assertHasItsWork(visco, id);
        assertThat(vm(visco, id).has("restarts")).as("a reboot is no failure").isFalse();
      }
      assertThat(vm(visco, stopped).path("state").asString()).isEqualTo("stopped");
      visco.ok("start", stopped);
      assertHasItsWork(visco, stopped);
    }
  }
}
