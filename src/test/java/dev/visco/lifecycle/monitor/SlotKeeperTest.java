package dev.visco.lifecycle.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.visco.lifecycle.ChangeSignal;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import dev.visco.store.SlotRows;
import dev.visco.store.Store;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Slots made ahead, in a pool of eight. */
class SlotKeeperTest {
  private static final int POOL = 8;
  private static final Duration NEVER = Duration.ofHours(1);
  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();
  private final ChangeSignal changes = new ChangeSignal();
  private Store store;
  private SlotRows slots;

  @BeforeEach
  void open() {
    store = Store.open(folder);
    slots = new SlotRows(store, "local");
    slots.fill(POOL);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private SlotKeeper keeper(int spares, Duration retry) {
    var keeper = new SlotKeeper(world.parts(point -> {}), slots, changes, spares, retry);
    keeper.start();
    return keeper;
  }

  private static VmId vm(int number) {
    return new VmId("vm-%08x".formatted(number));
  }

  private static List<SlotIndex> indexes(int... values) {
    return IntStream.of(values).mapToObj(SlotIndex::new).toList();
  }

  /** A VM takes one, and whoever waits is told, as the conductor does. */
  private SlotRows.Claim claim(int number) {
    SlotRows.Claim claim =
        Awaitility.await("the last one is present a moment before it is ready")
            .until(() -> slots.claim(vm(number)), Optional::isPresent)
            .orElseThrow();
    changes.signal(vm(1));
    return claim;
  }

  private void awaitPresent(int... values) {
    Awaitility.await()
        .pollInterval(Duration.ofMillis(2))
        .untilAsserted(
            () -> assertThat(world.present()).containsExactlyInAnyOrderElementsOf(indexes(values)));
  }

  @Test
  void asManyAsAskedForAreMadeAheadAndNoMore() throws Exception {
    SlotKeeper keeper = keeper(3, NEVER);
    awaitPresent(0, 1, 2);
    changes.signal(vm(1));
    keeper.close();
    assertThat(world.openings()).isEqualTo(indexes(0, 1, 2));
    assertThat(slots.used()).isEqualTo(indexes(0, 1, 2));
  }

  @Test
  void noneIsMadeAheadWhenNoneIsAskedFor() throws Exception {
    SlotKeeper keeper = keeper(0, NEVER);
    assertThat(claim(1).isOpen()).isFalse();
    keeper.close();
    assertThat(world.openings()).isEmpty();
  }

  @Test
  void eachThatIsTakenIsReplacedUntilThePoolIsUsedUp() throws Exception {
    SlotKeeper keeper = keeper(3, NEVER);
    awaitPresent(0, 1, 2);
    for (int number = 0; number < POOL; number++) {
      assertThat(claim(number)).isEqualTo(new SlotRows.Claim(new SlotIndex(number), true));
      awaitPresent(IntStream.range(0, Math.min(POOL, number + 4)).toArray());
    }
    assertThat(slots.claim(vm(99))).isEmpty();
    world.loseSlot(new SlotIndex(5));
    slots.free(vm(5));
    changes.signal(vm(1));
    awaitPresent(IntStream.range(0, POOL).toArray());
    keeper.close();
    assertThat(slots.claim(vm(99))).contains(new SlotRows.Claim(new SlotIndex(5), true));
  }

  @Test
  void oneThatCannotBeMadeIsReplacedByAnother() throws Exception {
    world.breakSlots(Set.of(new SlotIndex(0), new SlotIndex(2)));
    SlotKeeper keeper = keeper(3, NEVER);
    awaitPresent(1, 3, 4);
    for (int change = 0; change < 20; change++) {
      changes.signal(vm(1));
    }
    assertThat(claim(1).index()).isEqualTo(new SlotIndex(1));
    awaitPresent(1, 3, 4, 5);
    keeper.close();
    assertThat(world.openings())
        .as("the broken ones are left alone for a while")
        .isEqualTo(indexes(0, 1, 2, 3, 4, 5));
    assertThat(slots.used()).as("and are free, not lost").isEqualTo(indexes(1, 3, 4, 5));
  }

  @Test
  void oneThatCanBeMadeAgainIsMadeAfterAWhile() throws Exception {
    world.breakSlots(Set.of(new SlotIndex(0)));
    SlotKeeper keeper = keeper(POOL, Duration.ofMillis(5));
    Awaitility.await().until(() -> Collections.frequency(world.openings(), new SlotIndex(0)) > 2);
    world.breakSlots(Set.of());
    awaitPresent(0, 1, 2, 3, 4, 5, 6, 7);
    keeper.close();
    assertThat(slots.used()).hasSize(POOL);
  }

  @Test
  void aHostOnWhichNoneCanBeMadeIsNotWornOut() throws Exception {
    world.breakSlots(Set.copyOf(indexes(0, 1, 2, 3, 4, 5, 6, 7)));
    SlotKeeper keeper = keeper(POOL, NEVER);
    Awaitility.await().until(() -> world.openings().size() >= 3);
    changes.signal(vm(1));
    keeper.close();
    assertThat(world.openings()).isEqualTo(indexes(0, 1, 2));
    assertThat(slots.used()).isEmpty();
  }

  @Test
  void oneThatWasBeingMadeAtTheEndIsFreeAgain() throws Exception {
    var begun = new CountDownLatch(1);
    FakeWorld.Interruption hang =
        point -> {
          begun.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
          }
        };
    var keeper = new SlotKeeper(world.parts(hang), slots, changes, 1, NEVER);
    keeper.start();
    begun.await();
    assertThat(errorsWhile(keeper::close)).isEmpty();
    assertThat(slots.used()).isEmpty();
    SlotKeeper next = keeper(1, NEVER);
    awaitPresent(0);
    next.close();
  }

  /** What the keeper complains of meanwhile. */
  private static List<String> errorsWhile(Runnable work) {
    var log = (Logger) LoggerFactory.getLogger(SlotKeeper.class);
    var seen = new ListAppender<ILoggingEvent>();
    seen.start();
    log.addAppender(seen);
    try {
      work.run();
    } finally {
      log.detachAppender(seen);
    }
    return seen.list.stream()
        .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }
}
