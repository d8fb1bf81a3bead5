package dev.visco.lifecycle;

import dev.visco.model.Transport;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.store.SlotRows;
import dev.visco.store.Store;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.wire.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** One daemon's conductor on a real store and a fake world; closing it is what SIGTERM does. */
final class ConductorWorld implements AutoCloseable {
  private static final RandomGenerator RANDOM = new Random(4711);
  final Store store;
  final VmRows rows;
  final SlotRows slots;
  final Changes changes = new Changes();
  private final List<Step> steps;
  private final Conductor conductor;

  ConductorWorld(Path folder, FakeWorld world, FakeWorld.Interruption interruption) {
    this(folder, world, interruption, InstantSource.system(), 2);
  }

  ConductorWorld(
      Path folder,
      FakeWorld world,
      FakeWorld.Interruption interruption,
      InstantSource clock,
      int simultaneousBoots) {
    store = Store.open(folder);
    rows = new VmRows(store, "local");
    slots = new SlotRows(store, "local");
    slots.fill(8);
    slots.reconcile(world.present());
    steps = Lifecycle.steps(world.machinery(interruption), slots, clock);
    conductor =
        new Conductor(
            rows,
            steps,
            changes,
            clock,
            new Random(7),
            Duration.ofHours(1),
            slots::free,
            simultaneousBoots);
  }

  ConductorWorld start() {
    conductor.start();
    return this;
  }

  VmId insert(Duration deadline, @Nullable Duration timeToLive) {
    var spec =
        new VmSpec(
            new UserId("tester"),
            "cli",
            "cli",
            Transport.MMIO,
            1,
            256,
            List.of(),
            timeToLive,
            deadline);
    long now = System.currentTimeMillis();
    var vm =
        new VmRows.NewVm(
            VmId.random(RANDOM),
            "tester",
            Json.line(spec),
            "sha256:" + "0".repeat(64),
            256,
            Conductor.firstStep(steps),
            null,
            "digest",
            now,
            timeToLive == null ? null : now + timeToLive.toMillis());
    rows.insert(vm, usage -> {});
    changes.tell();
    return vm.id();
  }

  VmId insert() {
    return insert(Duration.ofSeconds(30), null);
  }

  void destroy(VmId id) {
    rows.wishDestroy(id, steps.getLast().name(), System.currentTimeMillis());
    changes.tell();
  }

  VmRow row(VmId id) {
    return rows.find(id).orElseThrow();
  }

  /** Waits until the VM is in this state. */
  VmRow await(VmId id, VmState state) {
    Awaitility.await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(Duration.ofSeconds(20))
        .until(() -> row(id).state() == state);
    return row(id);
  }

  /**
   * What {@code kill -9} leaves: the store as it was committed, and nobody who could write to it.
   */
  void kill() {
    store.close();
    Thread.ofVirtual().start(conductor::close);
  }

  @Override
  public void close() {
    conductor.close();
    store.close();
  }
}
