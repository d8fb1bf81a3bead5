package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.MachineOptions;
import dev.visco.model.MachineShape;
import dev.visco.model.MachineSize;
import dev.visco.model.RestartPolicy;
import dev.visco.model.Transport;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.SizeRows.Reservation;
import dev.visco.store.SpecRows;
import dev.visco.wire.SpecJson;
import dev.visco.wire.VmChange;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sizes that are recorded while a VM runs, and in force from its next boot on. */
class NextSizesTest {
  private static final Duration GRACE = Duration.ofSeconds(20);
  private static final MachineSize SMALL = new MachineSize(1, 256, 2050);
  private static final MachineSize LARGE = new MachineSize(2, 1024, 5120);

  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();

  private ConductorWorld daemon() {
    return new ConductorWorld(folder, world, point -> {}).start();
  }

  static Stream<String> points() {
    return Stream.concat(
        Kill.points(List.of("shut-down", "stop-machine", "grow-disk", "keep-last-boot", "launch")),
        Kill.rounds(Stream.of("look")));
  }

  static void resize(ConductorWorld daemon, VmId id, MachineSize size) {
    var update =
        new SpecRows.Update(
            text -> {
              var spec = SpecJson.read(text);
              return SpecJson.line(spec.with(spec.machine().withNext(size)));
            },
            null,
            metadata -> metadata,
            (spec, now, usage) -> new Reservation(size.memoryMib(), size.diskMib()));
    daemon.rows.specs().update(id, update, 1);
  }

  private static MachineShape shape(ConductorWorld daemon, VmId id) {
    return VmWork.of(daemon.row(id)).spec().machine();
  }

  /** A ready VM of the small size, on which a user has worked. */
  private VmId worked(ConductorWorld daemon) {
    VmId id = daemon.insert(RestartPolicy.NO);
    daemon.await(id, VmState.READY);
    resize(daemon, id, SMALL);
    restart(daemon, id);
    world.work(id, "a user's work");
    return id;
  }

  static void restart(ConductorWorld daemon, VmId id) {
    daemon.power.stop(id, GRACE);
    daemon.await(id, VmState.STOPPED);
    daemon.power.start(id);
    daemon.await(id, VmState.READY);
  }

  @Test
  void theNextBootHasTheSizeAndTheDiskGrowsBefore() {
    try (var daemon = daemon()) {
      VmId id = worked(daemon);
      assertThat(world.size(id)).isEqualTo(SMALL);
      resize(daemon, id, LARGE);
      assertThat(shape(daemon, id).size()).as("it runs as it did").isEqualTo(SMALL);
      restart(daemon, id);
      assertThat(world.size(id)).isEqualTo(LARGE);
      assertThat(world.grownMib(id)).isEqualTo(5120);
      assertThat(shape(daemon, id).size()).isEqualTo(LARGE);
      assertThat(shape(daemon, id).next()).isNull();
      assertThat(world.disk(id)).isEqualTo("a user's work");
      assertThat(daemon.row(id).diskMib()).isEqualTo(5120);
      assertThat(daemon.events().toString())
          .contains("boots with 2 vCPUs, 1g of memory, a disk of 5g.");
    }
  }

  @ParameterizedTest
  @MethodSource("points")
  void aRestartWithAnotherSizeThatWasCutOffIsFinished(String point) throws Exception {
    VmId id;
    try (var daemon = daemon()) {
      id = worked(daemon);
      resize(daemon, id, LARGE);
    }
    var kill = new Kill(point);
    var first = new ConductorWorld(folder, world, kill);
    kill.of(first::kill);
    first.start();
    first.power.restart(id, GRACE);
    kill.await();
    try (var second = kill.next(next -> new ConductorWorld(folder, world, next))) {
      second.await(id, VmState.READY);
      assertThat(world.size(id)).isEqualTo(LARGE);
      assertThat(world.grownMib(id)).isEqualTo(5120);
      assertThat(shape(second, id).next()).isNull();
      assertThat(world.disk(id)).isEqualTo("a user's work");
      assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(1, 1, 1);
    }
  }

  @Test
  void aSnapshotOfAnotherSizeIsRestoredWithItsOwnUntilTheNextBoot() {
    try (var daemon = daemon()) {
      VmId id = worked(daemon);
      daemon.snapshots.create(id, "small");
      resize(daemon, id, LARGE);
      restart(daemon, id);
      daemon.snapshots.restore(ConductorWorld.TESTER, "small");
      daemon.await(id, VmState.READY);
      assertThat(world.size(id)).isEqualTo(SMALL);
      assertThat(shape(daemon, id).size()).isEqualTo(SMALL);
      assertThat(shape(daemon, id).next()).isEqualTo(LARGE);
      assertThat(world.memory(id)).isEqualTo("a user's work");
      restart(daemon, id);
      assertThat(world.size(id)).isEqualTo(LARGE);
    }
  }

  @Test
  void aChangeIsOfTheSizeThatWasRecordedLast() {
    MachineShape shape = VmChange.ofSize(2, null, null).of(SHAPE);
    assertThat(VmChange.ofSize(null, "1g", "5g").of(shape).next()).isEqualTo(LARGE);
    assertThat(VmChange.ofMetadata("web", null).of(shape)).isEqualTo(shape);
    assertThat(shape.atNextBoot().next()).isNull();
    assertThat(shape.reserved()).isEqualTo(new MachineSize(2, 256, 2050));
  }

  private static final MachineShape SHAPE =
      new MachineShape(Transport.MMIO, 1, 256, MachineOptions.NONE, 2050);
}
