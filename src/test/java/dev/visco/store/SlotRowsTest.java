package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class SlotRowsTest {
  private final TestDatabase database;
  @TempDir Path folder;
  private TestDatabase.Opened store;
  private SlotRows slots;

  SlotRowsTest(TestDatabase database) {
    this.database = database;
  }

  @BeforeEach
  void open() throws Exception {
    store = database.open(folder);
    slots = new SlotRows(store, "here");
  }

  @AfterEach
  void close() throws Exception {
    store.close();
  }

  private static VmId vm(int number) {
    return new VmId("vm-%08x".formatted(number));
  }

  @Test
  void fiftyClaimsAtOnceGetFiftySlots() throws Exception {
    slots.fill(50);
    var claims = new ArrayList<Future<Optional<SlotRows.Claim>>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int number = 0; number < 51; number++) {
        VmId vm = vm(number);
        claims.add(threads.submit(() -> slots.claim(vm)));
      }
    }
    var indexes = new ArrayList<Integer>();
    for (var claim : claims) {
      claim.get().ifPresent(given -> indexes.add(given.index().value()));
    }
    assertThat(indexes).hasSize(50).doesNotHaveDuplicates();
  }

  @Test
  void aVmGetsTheSameSlotAgainAndGivesItBack() {
    slots.fill(1);
    assertThat(slots.claim(vm(1))).isEqualTo(slots.claim(vm(1))).isPresent();
    assertThat(slots.claim(vm(2))).isEmpty();
    slots.free(vm(1));
    slots.free(vm(1));
    assertThat(slots.claim(vm(2))).isPresent();
    assertThat(slots.of(vm(1))).isEmpty();
  }

  @Test
  void oneThatWasMadeAheadIsTakenFirst() {
    slots.fill(4);
    assertThat(slots.startPreparing(1, new SlotIndex(0))).contains(new SlotIndex(0));
    assertThat(slots.startPreparing(1, new SlotIndex(0))).as("enough").isEmpty();
    assertThat(slots.claim(vm(1))).contains(new SlotRows.Claim(new SlotIndex(1), false));
    slots.prepared(new SlotIndex(0), true);
    assertThat(slots.claim(vm(2))).contains(new SlotRows.Claim(new SlotIndex(0), true));
  }
}
