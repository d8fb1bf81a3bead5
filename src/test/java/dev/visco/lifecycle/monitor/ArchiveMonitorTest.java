package dev.visco.lifecycle.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.HostFault;
import dev.visco.lifecycle.ConductorWorld;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.lifecycle.TestClock;
import dev.visco.model.Life;
import dev.visco.model.RestartPolicy;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When sleeping VMs are archived, on a clock of the test. */
class ArchiveMonitorTest {
  private static final Duration DAY = Duration.ofDays(1);

  @TempDir private Path folder;
  private final TestClock clock = new TestClock();
  private final FakeWorld world = new FakeWorld();
  private final List<VmId> tried = Collections.synchronizedList(new ArrayList<>());
  private final Set<VmId> bad = ConcurrentHashMap.newKeySet();
  private ConductorWorld daemon;
  private SnapshotRows memories;

  @BeforeEach
  void start() {
    daemon = new ConductorWorld(folder, world, point -> {}, clock, 2, "this-boot").start();
    memories = new SnapshotRows(daemon.store, "local", clock);
  }

  @AfterEach
  void close() {
    daemon.close();
  }

  private ArchiveMonitor monitor(Duration usual) {
    return new ArchiveMonitor(
        daemon.rows,
        row -> memories.find(row.owner(), SnapshotRow.memoryOf(row.id())).map(SnapshotRow::created),
        (id, why) -> {
          tried.add(id);
          if (bad.contains(id)) {
            throw new HostFault("the disk is full");
          }
          daemon.archives.archive(id, why);
        },
        usual,
        daemon.clocks());
  }

  private VmId asleep(@Nullable Duration archiveAfter) {
    VmId id =
        daemon.insert(
            new Life(null, Duration.ofMinutes(2), RestartPolicy.NO, null, null, archiveAfter));
    daemon.await(id, VmState.READY);
    daemon.power.sleep(id);
    return id;
  }

  private static void await(List<VmId> tried, VmId... expected) {
    Awaitility.await().until(() -> List.copyOf(tried).equals(List.of(expected)));
  }

  /** What it works on is done before it looks again. */
  private void archived(ArchiveMonitor monitor, VmId id) {
    Awaitility.await()
        .until(() -> {
          monitor.check();
          return daemon.row(id).state() == VmState.ARCHIVED;
        });
  }

  @Test
  void oneThatHasBeenAsleepForItsTimeIsArchivedAndSaysWhy() {
    VmId id = asleep(DAY);
    VmId never = asleep(Life.FOREVER);
    VmId usual = asleep(null);
    ArchiveMonitor monitor = monitor(Duration.ofDays(3));
    clock.advance(DAY.minusSeconds(1));
    monitor.check();
    clock.advance(Duration.ofSeconds(1));
    archived(monitor, id);
    assertThat(tried).containsExactly(id);
    assertThat(daemon.events().toString()).contains("is archived.", "It has been asleep for 1d.");
    clock.advance(Duration.ofDays(2));
    archived(monitor, usual);
    clock.advance(Duration.ofDays(1000));
    monitor.check();
    assertThat(daemon.row(never).state()).isEqualTo(VmState.ASLEEP);
    assertThat(tried).containsExactly(id, usual);
  }

  @Test
  void theTimeBeginsAnewWithEachSleepAndWhatIsAwakeIsLeftAlone() {
    VmId id = asleep(DAY);
    ArchiveMonitor monitor = monitor(Life.FOREVER);
    clock.advance(Duration.ofHours(23));
    daemon.power.wake(id);
    daemon.await(id, VmState.READY);
    clock.advance(DAY);
    monitor.check();
    daemon.power.sleep(id);
    clock.advance(Duration.ofHours(23));
    monitor.check();
    assertThat(tried).isEmpty();
    clock.advance(Duration.ofHours(1));
    archived(monitor, id);
  }

  @Test
  void theLongestAsleepComesFirstAndOneThatFailsIsTriedAgainLater() {
    VmId first = asleep(DAY);
    clock.advance(Duration.ofMinutes(1));
    VmId second = asleep(DAY);
    bad.add(first);
    ArchiveMonitor monitor = monitor(Life.FOREVER);
    clock.advance(DAY);
    monitor.check();
    await(tried, first);
    archived(monitor, second);
    assertThat(daemon.row(first).state()).isEqualTo(VmState.ASLEEP);
    bad.clear();
    clock.advance(ArchiveMonitor.RETRY.minusSeconds(1));
    monitor.check();
    assertThat(tried).containsExactly(first, second);
    clock.advance(Duration.ofSeconds(1));
    archived(monitor, first);
  }
}
