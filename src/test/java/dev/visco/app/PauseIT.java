package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.CommandResult;
import dev.visco.outer.ViscoUnderTest;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A real guest stands still and goes on, whoever conducts it. */
class PauseIT {
  private static final String TICKS =
      "(while sleep 0.1; do date +%s >/run/tick.new && mv /run/tick.new /run/tick; done) >/dev/null 2>&1 </dev/null &";

  /** Longer than it may be idle, and a look besides. */
  private static final Duration SLEEPY = Duration.ofSeconds(45);

  /**
   * To its disk and back, with a daemon killed between: the same kernel, whose program counts on.
   */
  private static void assertItIsSuspendedAndGoesOn(ViscoUnderTest visco, String vm) {
    visco.ok("exec", vm, "sh", "-c", "echo kept >/srv/kept"); // Not synced.
    String boot = visco.ok("exec", vm, "cat", "/proc/sys/kernel/random/boot_id");
    String address = visco.json("inspect", vm).path("address").asString();
    assertThat(visco.ok("suspend", vm)).isEqualTo(vm + " is suspended\n");
    JsonNode suspended = visco.json("inspect", vm);
    assertThat(suspended.path("state").asString()).isEqualTo("suspended");
    assertThat(suspended.has("pid")).isFalse();
    assertThat(visco.ok("ps", "--filter", "state=suspended", "-q")).isEqualTo(vm + "\n");
    CommandResult refused = visco.run("exec", vm, "--", "true");
    assertThat(refused.error()).contains("is suspended", "visco start " + vm);
    visco.killDaemon();
    visco.ok("up");
    assertThat(state(visco, vm)).isEqualTo("suspended");
    Instant before = Instant.now();
    assertThat(visco.ok("resume", vm)).isEqualTo(vm + " is ready\n");
    assertThat(visco.json("inspect", vm).path("address").asString()).isEqualTo(address);
    assertThat(visco.ok("exec", vm, "cat", "/proc/sys/kernel/random/boot_id", "/srv/kept"))
        .isEqualTo(boot + "kept\n");
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            Long.parseLong(visco.ok("exec", vm, "--", "cat", "/run/tick").strip())
                >= before.getEpochSecond());
    assertThat(visco.data().resolve("vms").resolve(vm).resolve("snapshots"))
        .as("the memory is gone")
        .isEmptyDirectory();
  }

  private static void assertALeaseKeepsItAwake(ViscoUnderTest visco, String vm) {
    String lease = "mkdir -p /run/visco; echo $(($(date +%s) + 3000)) >/run/visco/keepawake";
    visco.ok("exec", vm, "sh", "-c", lease);
    Instant since = Instant.now();
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> Duration.between(since, Instant.now()).compareTo(SLEEPY) > 0);
    assertThat(state(visco, vm)).as("it wants to be awake").isEqualTo("ready");
    visco.ok("exec", vm, "rm", "/run/visco/keepawake");
  }

  /** A command wakes it, and it falls asleep again when nobody needs it. */
  private static void assertItSleepsAndWakes(ViscoUnderTest visco, String vm) {
    visco.ok("exec", vm, "sh", "-c", "echo kept >/srv/kept"); // Not synced.
    String boot = visco.ok("exec", vm, "cat", "/proc/sys/kernel/random/boot_id");
    assertThat(visco.ok("sleep", vm)).isEqualTo(vm + " is asleep\n");
    assertThat(visco.json("inspect", vm).has("pid")).isFalse();
    assertThat(visco.ok("exec", vm, "cat", "/proc/sys/kernel/random/boot_id", "/srv/kept"))
        .isEqualTo(boot + "kept\n");
    long asked = Instant.now().getEpochSecond();
    assertThat(Long.parseLong(visco.ok("exec", vm, "date", "+%s").strip()))
        .as("its clock is not late by its sleep")
        .isBetween(asked - 3, Instant.now().getEpochSecond() + 1);
    visco.ok("update", vm, "--sleep-after", "30s");
    if (Boolean.getBoolean("visco.all")) {
      assertALeaseKeepsItAwake(visco, vm);
    }
    Awaitility.await().atMost(Duration.ofMinutes(3)).until(() -> state(visco, vm).equals("asleep"));
    assertThat(visco.ok("events", "--since", "10m")).contains("Nobody has needed it for 30s.");
    assertThat(visco.ok("wake", vm)).isEqualTo(vm + " is ready\n");
    visco.ok("update", vm, "--sleep-after", "never");
    assertThat(visco.json("inspect", vm).has("sleepAfter")).isFalse();
  }

  /** Its memory is gone, and its compressed disk has all that was written. */
  private static void assertItIsArchivedAndBoots(ViscoUnderTest visco, String vm) {
    visco.ok("exec", vm, "sh", "-c", "echo archived >/srv/kept"); // Not synced.
    String boot = visco.ok("exec", vm, "cat", "/proc/sys/kernel/random/boot_id");
    assertThat(visco.ok("archive", vm)).isEqualTo(vm + " is archived\n");
    assertThat(visco.json("inspect", vm).has("pid")).isFalse();
    assertThat(visco.data().resolve("vms").resolve(vm).resolve("snapshots")).isEmptyDirectory();
    assertThat(visco.ok("ps", "--filter", "state=archived", "-q")).isEqualTo(vm + "\n");
    visco.killDaemon();
    visco.ok("up");
    assertThat(state(visco, vm)).isEqualTo("archived");
    assertThat(visco.ok("wake", vm)).isEqualTo(vm + " is ready\n");
    assertThat(visco.ok("exec", vm, "cat", "/srv/kept")).isEqualTo("archived\n");
    assertThat(visco.ok("exec", vm, "cat", "/proc/sys/kernel/random/boot_id")).isNotEqualTo(boot);
    assertThat(visco.ok("events", "--since", "10m"))
        .contains("is archived.", "It was archived, and boots from its disk.");
  }

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
      visco.ok("exec", vm, "--", "sh", "-c", TICKS);
      assertHabits(visco, vm);
      assertThat(visco.ok("pause", vm)).isEqualTo(vm + " is paused\n");
      Instant paused = Instant.now();
      assertThat(state(visco, vm)).isEqualTo("paused");
      assertThat(visco.ok("ps")).contains("paused");
      CommandResult refused = visco.run("exec", vm, "--", "true");
      assertThat(refused.exitCode()).isEqualTo(125);
      assertThat(refused.error()).contains("is paused", "visco resume " + vm);

      visco.killDaemon();
      visco.ok("up");
      assertThat(state(visco, vm)).as("the next daemon knows it").isEqualTo("paused");
      Awaitility.await()
          .until(
              () -> Duration.between(paused, Instant.now()).compareTo(Duration.ofSeconds(5)) > 0);

      assertThat(visco.ok("resume", vm)).isEqualTo(vm + " is ready\n");
      long asked = Instant.now().getEpochSecond(); // The command itself may take a while.
      long guest = Long.parseLong(visco.ok("exec", vm, "--", "date", "+%s").strip());
      assertThat(guest)
          .as("its clock is not late by the pause")
          .isBetween(asked - 3, Instant.now().getEpochSecond() + 1);
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() ->
              Long.parseLong(visco.ok("exec", vm, "--", "cat", "/run/tick").strip()) >= guest);

      assertItIsSuspendedAndGoesOn(visco, vm);
      visco.ok("pause", vm);
      visco.ok("rm", vm);
      String pci = visco.create("--transport", "pci");
      assertItSleepsAndWakes(visco, pci);
      assertItIsArchivedAndBoots(visco, pci);
      visco.ok("exec", pci, "--", "sh", "-c", TICKS);
      assertItIsSuspendedAndGoesOn(visco, pci);
      visco.ok("down", "--yes");
      assertThat(visco.leftovers()).isEmpty();
    }
  }
}
