package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * {@code kill -9} of the daemon at random moments while real guests are stopped, started and
 * restarted, and while a volume goes from one VM to the next: after each the VMs are there, with
 * what was written to their disks and to the volume, and in the end nothing is left over.
 */
@ExtendWith(OuterNetwork.Extension.class)
@EnabledIfSystemProperty(
    named = "visco.all",
    matches = "true",
    disabledReason = "it takes minutes; ./visco test --all runs it")
class GuestKillsIT {
  private static final int ROUNDS = 10;
  private static final Duration SOON = Duration.ofMinutes(4);
  private static final String ON_DISK = "/its-work";
  private static final String ON_VOLUME = "/srv/data/work";

  @TempDir private Path folder;
  private final Random random = new Random(20261126);
  private final List<String> done = new ArrayList<>();

  @Test
  void nothingIsLostAndNothingIsLeftOver() throws Exception {
    try (var visco = ViscoUnderTest.withImage(Map.of("VISCO_SPARE_SLOTS", "1")).up()) {
      visco.ok("volume", "create", "data", "--size", "64m");
      String mmio = visco.create();
      String holder = withVolume(visco);
      write(visco, mmio, ON_DISK);
      write(visco, holder, ON_DISK);
      visco.ok("exec", holder, "--", "sh", "-c", "echo kept >" + ON_VOLUME + " && sync");
      for (int round = 0; round < ROUNDS; round++) {
        String id = random.nextBoolean() ? mmio : holder;
        String command = command(visco, id);
        killDuring(visco, command, id);
        awaitSettled(visco);
        if (stateOf(visco, id).equals("stopped")) {
          visco.ok("start", id);
        }
        assertThat(stateOf(visco, id)).as("%s", done).isEqualTo("ready");
        assertHas(visco, id, ON_DISK, "of-" + id);
        if (id.equals(holder)) {
          assertHas(visco, id, ON_VOLUME, "kept");
        }
      }
      killDuring(visco, "rm", holder);
      Awaitility.await().atMost(SOON).until(() -> stateOf(visco, holder).equals("destroyed"));
      String next = killedWhileAttaching(visco);
      assertHas(visco, next, ON_VOLUME, "kept");
      assertHas(visco, mmio, ON_DISK, "of-" + mmio);
    }
  }

  private static String withVolume(ViscoUnderTest visco) {
    return visco.create("--transport", "pci", "--volume", "data:/srv/data");
  }

  private static void write(ViscoUnderTest visco, String id, String file) {
    visco.ok("exec", id, "--", "sh", "-c", "echo of-" + id + " >" + file + " && sync");
  }

  private void assertHas(ViscoUnderTest visco, String id, String file, String text) {
    assertThat(visco.ok("exec", id, "--", "cat", file)).as("%s", done).isEqualTo(text + "\n");
  }

  private String command(ViscoUnderTest visco, String id) {
    boolean isStopped = random.nextInt(3) == 0;
    if (isStopped) {
      visco.ok("stop", id);
      return "start";
    }
    return random.nextBoolean() ? "stop" : "restart";
  }

  /** Asks for something, and kills the daemon within the time that it takes. */
  private void killDuring(ViscoUnderTest visco, String command, String id) throws Exception {
    Process asked = visco.start(folder.resolve("asked"), command, id);
    int millis = 500 + random.nextInt(8000);
    asked.waitFor(Duration.ofMillis(millis));
    done.add(command + " " + id + ", killed after " + millis + " ms");
    visco.killDaemon();
    asked.destroyForcibly().waitFor();
    visco.up();
  }

  private String killedWhileAttaching(ViscoUnderTest visco) throws Exception {
    Process asked =
        visco.start(
            folder.resolve("asked"), "create", "--transport", "pci", "--volume", "data:/srv/data");
    Awaitility.await()
        .atMost(SOON)
        .until(() -> visco.json("volume", "inspect", "data").has("vmId"));
    visco.killDaemon();
    asked.destroyForcibly().waitFor();
    visco.up();
    String next = visco.json("volume", "inspect", "data").path("vmId").asString();
    awaitSettled(visco);
    assertThat(stateOf(visco, next)).isEqualTo("ready");
    return next;
  }

  private static String stateOf(ViscoUnderTest visco, String id) {
    return visco.request("GET", "/api/vms/" + id).path("state").asString();
  }

  private static void awaitSettled(ViscoUnderTest visco) {
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(() -> {
          for (JsonNode vm : visco.request("GET", "/api/vms")) {
            assertThat(vm.path("state").asString()).isIn("ready", "stopped");
          }
        });
  }
}
