package dev.visco.lifecycle.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.lifecycle.ConductorWorld;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.lifecycle.TestClock;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.EventRow;
import dev.visco.store.EventRows;
import dev.visco.store.VmRow;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Guests that stand still since the host's disk is full. */
@Timeout(60)
class DiskMonitorTest {
  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();
  private final TestClock clock = new TestClock();
  private final CountDownLatch hangs = new CountDownLatch(1);
  private volatile String hanging = "";
  private long freeMib;
  private ConductorWorld daemon;
  private EventRows events;
  private DiskMonitor watch;

  @BeforeEach
  void start() {
    daemon = new ConductorWorld(folder, world, point -> {}).start();
    events = new EventRows(daemon.store, "local");
    watch =
        new DiskMonitor(
            daemon.rows,
            events,
            world.parts(this::hang),
            daemon.changes,
            clock,
            daemon.leases,
            () -> freeMib,
            clock);
  }

  private void hang(String point) {
    if (point.equals(hanging)) {
      hanging = "";
      try {
        hangs.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @AfterEach
  void close() {
    hangs.countDown();
    watch.close();
    daemon.close();
  }

  private VmId ready() {
    VmId id = daemon.insert();
    daemon.await(id, VmState.READY);
    return id;
  }

  @Test
  void aGuestThatStandsStillIsNotCalledReadyAndGoesOnOnceThereIsRoom() throws Exception {
    VmId id = ready();
    watch.check();
    assertThat(daemon.row(id).state()).isEqualTo(VmState.READY);

    world.halt(id);
    watch.check();
    VmRow halted = daemon.row(id);
    assertThat(halted.state()).isEqualTo(VmState.PAUSED);
    assertThat(halted.failure())
        .startsWith("The disk is full. It goes on by itself when there are 64 MiB free");
    assertThat(events.before(9, Long.MAX_VALUE))
        .extracting(EventRow::kind)
        .containsExactly("disk-full");

    freeMib = 63;
    watch.check();
    assertThat(daemon.row(id)).as("too little room").isEqualTo(halted);

    freeMib = 64;
    watch.check();
    VmRow goesOn = daemon.row(id);
    assertThat(goesOn.state()).isEqualTo(VmState.READY);
    assertThat(goesOn.failure()).isNull();
    assertThat(daemon.leases.isIdle()).isTrue();
    assertThat(events.before(9, Long.MAX_VALUE))
        .extracting(EventRow::text)
        .containsExactly(
            id + " goes on: the disk has room.", id + " stands still: " + halted.failure());
  }

  @Test
  void whoeverPausesItMeanwhileIsObeyed() throws Exception {
    VmId id = ready();
    VmId paused = ready();
    daemon.snapshots.pause(paused);
    world.halt(id);
    watch.check();
    daemon.snapshots.pause(id);
    assertThat(daemon.row(id).failure()).isNull();
    freeMib = 1000;
    watch.check();
    assertThat(List.of(daemon.row(id).state(), daemon.row(paused).state()))
        .containsOnly(VmState.PAUSED);
    daemon.snapshots.resume(id);
    watch.check();
    assertThat(daemon.row(id).state()).isEqualTo(VmState.READY);
  }

  @Test
  void whoWorksOnItIsNotDisturbed() throws Exception {
    VmId id = ready();
    world.halt(id);
    watch.check();
    freeMib = 1000;
    try (var lease = daemon.leases.take(id).orElseThrow()) {
      watch.check();
      assertThat(lease.row()).map(VmRow::state).contains(VmState.PAUSED);
    }
    watch.check();
    assertThat(daemon.row(id).state()).isEqualTo(VmState.READY);
  }

  @Test
  void aVmmThatHangsKeepsNoOtherFromBeingLookedAt() throws Exception {
    VmId one = ready();
    VmId other = ready();
    world.halt(one);
    world.halt(other);
    hanging = "halted";
    watch.check();
    assertThat(List.of(daemon.row(one).state(), daemon.row(other).state()))
        .containsExactlyInAnyOrder(VmState.READY, VmState.PAUSED);
    watch.check();
    hangs.countDown();
    daemon.await(one, VmState.PAUSED);
    daemon.await(other, VmState.PAUSED);
  }
}
