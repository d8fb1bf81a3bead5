package dev.visco.lifecycle;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.RestartPolicy;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Eight VMs are created, stopped, started, restarted and destroyed while the daemon is killed at
 * random effects, again and again, and the host reboots now and then: whoever starts next comes to
 * what was wanted within ten seconds, with every user's disk as it was and nothing left over.
 */
class RandomKillTest {
  /** All of them with {@code ./visco test --all}. */
  private static final int KILLS = Boolean.getBoolean("visco.all") ? 300 : 60;

  private static final int VMS = 8;
  private static final Duration CONVERGED = Duration.ofSeconds(10);

  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();
  private final Random random = new Random(20261126);

  /** What is on the disk of each VM that somebody has worked in, and whether it is to run. */
  private final Map<VmId, String> work = new HashMap<>();

  private final Map<VmId, Boolean> isToRun = new HashMap<>();
  private String boot = "boot-0";

  /** VMs of which nobody knows whether what was wanted last was recorded. */
  private final Set<VmId> unsure = new HashSet<>();

  private ConductorWorld daemon(FakeWorld.Interruption interruption) {
    var daemon = new ConductorWorld(folder, world, interruption, InstantSource.system(), 4, boot);
    daemon.slots.fill(4 * VMS); // Those that are being destroyed have theirs still.
    return daemon;
  }

  @Test
  void nothingIsLostAndNothingIsLeftOver() throws InterruptedException {
    for (int kill = 0; kill < KILLS; kill++) {
      var countdown = new KillAfter(random.nextInt(40));
      ConductorWorld daemon = daemon(countdown);
      countdown.of(daemon::kill);
      countdown.work(() -> {
        daemon.start();
        for (int act = 0; act < 6 && !countdown.isDead(); act++) {
          act(daemon);
        }
      });
      countdown.kill();
      countdown.await();
      if (random.nextInt(10) == 0) {
        boot = "boot-" + kill;
        world.rebootHost();
      }
      if (kill % 20 == 19) {
        converged();
      }
    }
    converged();
    try (ConductorWorld daemon = daemon(point -> {}).start()) {
      isToRun.keySet().forEach(daemon::destroy);
      isToRun.keySet().forEach(id -> daemon.await(id, VmState.DESTROYED));
      assertThat(List.of(world.disks(), world.machines(), daemon.slots.used().size()))
          .containsExactly(0, 0, 0);
    }
  }

  private void act(ConductorWorld daemon) {
    var living = new ArrayList<>(isToRun.keySet());
    if (living.size() < VMS && random.nextBoolean()) {
      VmId id = daemon.insert(RestartPolicy.ON_FAILURE);
      isToRun.put(id, true);
      return;
    }
    if (living.isEmpty()) {
      return;
    }
    VmId id = living.get(random.nextInt(living.size()));
    if (random.nextInt(5) == 0) {
      if (daemon.row(id).state() == VmState.READY) {
        world.work(id, "work of " + id);
        work.put(id, "work of " + id);
      }
      return;
    }
    unsure.add(id);
    switch (random.nextInt(4)) {
      case 0 -> {
        daemon.destroy(id);
        isToRun.remove(id);
        work.remove(id);
      }
      case 1 -> {
        daemon.power.stop(id, Duration.ofSeconds(random.nextInt(2)));
        isToRun.put(id, false);
      }
      case 2 -> {
        daemon.power.start(id);
        isToRun.put(id, true);
      }
      default -> {
        daemon.power.restart(id, Duration.ofSeconds(random.nextInt(2)));
        isToRun.put(id, true);
      }
    }
    unsure.remove(id);
  }

  /** A daemon that nobody kills brings about what was wanted last. */
  private void converged() {
    try (ConductorWorld daemon = daemon(point -> {}).start()) {
      Awaitility.await()
          .dontCatchUncaughtExceptions()
          .atMost(CONVERGED)
          .until(() -> daemon.rows.list(false).stream().allMatch(row -> row.state().isSettled()));
      for (VmRow row : daemon.rows.list(false)) {
        boolean isUnsure = unsure.contains(row.id()) || !isToRun.containsKey(row.id());
        boolean runs =
            isUnsure ? row.state() == VmState.READY : Boolean.TRUE.equals(isToRun.get(row.id()));
        assertThat(row.state()).as("%s", row).isEqualTo(runs ? VmState.READY : VmState.STOPPED);
        isToRun.put(row.id(), runs);
      }
      Set<VmId> there = daemon.rows.list(false).stream().map(VmRow::id).collect(toSet());
      assertThat(isToRun.keySet().stream().filter(id -> !there.contains(id)))
          .as("gone, though nobody asked for that")
          .allMatch(unsure::contains);
      isToRun.keySet().retainAll(there);
      work.keySet().retainAll(there);
      unsure.clear();
      work.forEach((id, text) -> assertThat(world.disk(id)).isEqualTo(text));
      long running = isToRun.values().stream().filter(is -> is).count();
      assertThat(world.machines()).isEqualTo((int) running);
      // One that was stopped early has no slot and no disk yet.
      List<VmRow> rows = daemon.rows.list(false);
      long launched = rows.stream().filter(row -> row.launched() != null).count();
      assertThat(world.disks()).isBetween((int) launched, rows.size());
      assertThat(daemon.slots.used()).hasSizeBetween((int) launched, rows.size());
    }
  }
}
