package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** {@code kill -9} of the real daemon in the middle of real creates and destroys. */
@ExtendWith(OuterNetwork.Extension.class)
class CrashIT {
  private static final List<String> STEPS =
      List.of("open-network", "prepare-disk", "launch-machine", "verify-boot");

  @Test
  void whatWasBegunIsFinishedByTheNextDaemon() throws Exception {
    try (var visco = ViscoUnderTest.withImage(Map.of("VISCO_SPARE_SLOTS", "1")).up()) {
      var machines = new HashMap<String, Long>();
      for (String step : STEPS) {
        JsonNode vm = visco.post("/api/vms", "{\"userId\":\"tester\",\"vmType\":\"cli\"}");
        String id = vm.path("vmId").asString();
        Awaitility.await()
            .pollInterval(Duration.ofMillis(2))
            .atMost(Duration.ofSeconds(60))
            .until(() -> STEPS.indexOf(visco.stepOf(id)) >= STEPS.indexOf(step));
        visco.killDaemon();
        visco.up();
        long pid = pidWhenReady(visco, id);
        machines.forEach(
            (earlier, its) -> assertThat(pidWhenReady(visco, earlier)).as(earlier).isEqualTo(its));
        machines.put(id, pid);
      }
      Set<String> ids = new HashSet<>(machines.keySet());
      ids.forEach(id -> visco.request("DELETE", "/api/vms/" + id));
      visco.killDaemon();
      visco.up();
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> visco.json("ps").isEmpty());
      assertThat(visco.data().resolve("vms")).isEmptyDirectory();
    }
  }

  private static long pidWhenReady(ViscoUnderTest visco, String id) {
    JsonNode vm = visco.awaitReady(id);
    assertThat(visco.ok("exec", id, "--", "echo", "works")).isEqualTo("works\n");
    return vm.path("pid").asLong();
  }
}
