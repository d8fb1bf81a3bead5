package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.CommandResult;
import dev.visco.outer.ViscoUnderTest;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A real guest stands still and goes on, whoever conducts it. */
class PauseIT {
  private static String state(ViscoUnderTest visco, String vm) {
    return visco.json("inspect", vm).path("state").asString();
  }

  /** Lists, ids and the console of a real guest, as hands type them. */
  private static void assertHabits(ViscoUnderTest visco, String vm) {
    String beginning = vm.substring("vm-".length(), "vm-".length() + 6);
    assertThat(visco.ok("ps", "-q", "--filter", "state=ready")).isEqualTo(vm + "\n");
    assertThat(visco.ok("inspect", "-f", "{{.State}} {{.ID}}", beginning))
        .isEqualTo("ready " + vm + "\n");
    assertThat(visco.ok("wait", "--timeout", "1m", beginning)).isEqualTo(vm + " is ready\n");
    assertThat(visco.ok("ps")).containsPattern("(seconds?|minutes?) ago");
    visco.ok("exec", vm, "sh", "-c", "echo one >/dev/console; echo two >/dev/console");
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> visco.ok("logs", "-n", "20", vm).replace("\r", "").contains("one\ntwo\n"));
    assertThat(visco.ok("logs", "-t", "-n", "20", beginning))
        .containsPattern("(?m)^20\\S+Z two\\r?$");
    assertThat(visco.ok("logs", "--since", "10m", vm)).contains("two");
    assertThat(visco.ok("logs", "--since", "2100-01-01T00:00:00Z", vm)).isEmpty();
    assertThat(visco.ok("logs", vm).length())
        .isGreaterThan(visco.ok("logs", "--tail", "5", vm).length());
    assertThat(visco.ok("info")).containsPattern("vms: +1 ready");
    assertThat(visco.ok("image", "ls")).containsPattern("(?m)^IMAGE +DIGEST +SIZE");
    assertThat(visco.ok("config", "check")).startsWith("In order: ");
  }

  @Test
  void aPausedVmStandsStillOutlivesTheDaemonAndGoesOnWithTheRightTime() throws Exception {
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      String vm = visco.create();
      visco.ok(
          "exec",
          vm,
          "--",
          "sh",
          "-c",
          "(while sleep 0.1; do date +%s >/run/tick.new && mv /run/tick.new /run/tick; done) >/dev/null 2>&1 </dev/null &");
      assertHabits(visco, vm);
      assertThat(visco.ok("pause", vm)).isEqualTo(vm + " is paused\n");
      Instant paused = Instant.now();
      assertThat(state(visco, vm)).isEqualTo("paused");
      assertThat(visco.ok("ps")).contains("paused");
      CommandResult refused = visco.run("exec", vm, "--", "true");
      assertThat(refused.exitCode()).isEqualTo(3);
      assertThat(refused.error()).contains("is paused", "visco resume " + vm);

      visco.killDaemon();
      visco.ok("up");
      assertThat(state(visco, vm)).as("the next daemon knows it").isEqualTo("paused");
      Awaitility.await()
          .until(
              () -> Duration.between(paused, Instant.now()).compareTo(Duration.ofSeconds(5)) > 0);

      assertThat(visco.ok("resume", vm)).isEqualTo(vm + " is ready\n");
      long guest = Long.parseLong(visco.ok("exec", vm, "--", "date", "+%s").strip());
      assertThat(guest)
          .as("its clock is not late by the pause")
          .isBetween(Instant.now().getEpochSecond() - 3, Instant.now().getEpochSecond() + 1);
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() ->
              Long.parseLong(visco.ok("exec", vm, "--", "cat", "/run/tick").strip()) >= guest);

      visco.ok("pause", vm);
      visco.ok("rm", vm);
      visco.ok("down", "--yes");
      assertThat(visco.leftovers()).isEmpty();
    }
  }
}
