package dev.visco.lifecycle.steps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.lifecycle.ConductorWorld;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.model.MachineOptions;
import dev.visco.model.Rate;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.SlotRows;
import dev.visco.store.VmRow;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which slot a VM gets; what is wrong with a real one is shown by {@code SlotsIT}. */
class OpenNetworkTest {
  @TempDir Path folder;
  private final FakeWorld world = new FakeWorld();

  @Test
  void aSpareSlotThatIsNotInOrderIsMendedAndOperatorsAreTold() {
    try (var daemon = new ConductorWorld(folder, world, name -> {})) {
      SlotIndex spare = spare(daemon);
      world.damageSlot(spare);
      daemon.start();
      VmId id = daemon.insert();
      assertThat(daemon.await(id, VmState.READY).slot()).isEqualTo(spare.value());
      assertThat(world.openings()).as("ahead, and for the VM").containsExactly(spare, spare);
      assertThat(daemon.events())
          .anyMatch(event ->
              event.kind().equals(SlotRows.SLOT_REMADE.word())
                  && id.value().equals(event.vm())
                  && event.text().contains("not in order"));
    }
  }

  @Test
  void aSlotThatIsNotInOrderAndCannotBeMendedIsReplacedByAnother() {
    try (var daemon = new ConductorWorld(folder, world, name -> {})) {
      SlotIndex spare = spare(daemon);
      world.damageSlot(spare);
      world.breakSlots(Set.of(spare));
      daemon.start();
      VmRow ready = daemon.await(daemon.insert(), VmState.READY);
      assertThat(ready.slot()).isNotEqualTo(spare.value());
      assertThat(daemon.slots.states()).containsEntry("broken", 1L).containsEntry("taken", 1L);
      assertThat(daemon.events())
          .anyMatch(event -> event.kind().equals(SlotRows.SLOT_BROKEN.word()));
      world.breakSlots(Set.of());
      daemon.slots.retryBroken();
      assertThat(daemon.await(daemon.insert(), VmState.READY).slot()).isEqualTo(spare.value());
    }
  }

  @Test
  void aVmGetsTheRateOfItsTypeInWhateverSlotItGets() {
    try (var daemon = new ConductorWorld(folder, world, name -> {}).start()) {
      var rate = new Rate(2048, 0);
      VmId slow = daemon.insert(new MachineOptions(null, rate, null, false, false, false));
      VmRow ready = daemon.await(slow, VmState.READY);
      assertThat(world.rate(new SlotIndex(Objects.requireNonNull(ready.slot()))))
          .isEqualTo(new Rate(2048, MachineOptions.NETWORK.operationsPerSecond()));
      VmRow usual = daemon.await(daemon.insert(), VmState.READY);
      assertThat(world.rate(new SlotIndex(Objects.requireNonNull(usual.slot())))).isNull();
    }
  }

  private SlotIndex spare(ConductorWorld daemon) {
    SlotIndex spare = daemon.slots.startPreparing(1, new SlotIndex(0)).orElseThrow();
    world.parts(at -> {}).open(spare);
    daemon.slots.prepared(spare, true);
    return spare;
  }
}
