package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** An operator sets another {@code network.pool} while VMs run, and never says {@code down}. */
@ExtendWith(OuterNetwork.Extension.class)
@EnabledIfSystemProperty(
    named = "visco.all",
    matches = "true",
    disabledReason = "it takes minutes; ./visco test --all runs it")
class PoolChangeIT {
  private static final String FIRST = "192.168.100.";
  private static final String SECOND = "192.168.77.";

  @Test
  void vmsOfTheOldPoolAndOfTheNewOneWorkSideBySide() {
    try (var visco = ViscoUnderTest.withImage(Map.of("VISCO_SPARE_SLOTS", "1")).up()) {
      String old = visco.create();
      visco.killDaemon();
      CommandResult overlapping = visco.run("--set", "network.pool=192.168.0.0/16", "up");
      assertThat(overlapping.exitCode()).isNotZero();
      assertThat(overlapping.error()).contains("overlaps " + FIRST + "0/24", old);

      visco.ok("--set", "network.pool=" + SECOND + "0/28", "up", "--no-vm");
      String fresh = visco.create();
      assertWorks(visco, old, FIRST);
      assertWorks(visco, fresh, SECOND);

      visco.killDaemon();
      visco.ok("up", "--no-vm");
      assertWorks(visco, old, FIRST);
      assertWorks(visco, fresh, SECOND);
      visco.ok("down", "--yes");
      assertThat(visco.leftovers()).isEmpty();
      assertThat(routes()).doesNotContain(FIRST, SECOND);
    }
  }

  private static void assertWorks(ViscoUnderTest visco, String id, String pool) {
    JsonNode vm = visco.awaitReady(id);
    assertThat(vm.path("address").asString()).as(vm.toString()).startsWith(pool);
    assertThat(visco.ok("exec", id, "--", "hostname", "-I")).startsWith(pool);
    assertThat(
            visco.ok(
                "exec",
                id,
                "--",
                "curl",
                "-s",
                "-m",
                "30",
                "http://" + OuterNetwork.WEB_NAME + "/"))
        .as("its way out and its nameserver")
        .isEqualToIgnoringNewLines(OuterNetwork.WEB_TEXT);
  }

  private static String routes() {
    return new LinuxHost().check(Command.of("ip", "route", "show", "table", "all")).output();
  }
}
