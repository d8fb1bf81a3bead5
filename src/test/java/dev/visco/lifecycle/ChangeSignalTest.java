package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.VmId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nobody who waits for a change misses one. */
@Timeout(60)
class ChangeSignalTest {
  private static final long HOUR_MILLIS = Duration.ofHours(1).toMillis();
  private static final VmId VM = new VmId("vm-00000001");
  private static final VmId OTHER = new VmId("vm-00000002");

  /** As many as long polls were measured with. */
  private static final int WAITING = 800;

  private final ChangeSignal changes = new ChangeSignal();

  @Test
  void aChangeBetweenTheLookAndTheWaitEndsTheWait() throws Exception {
    long seen = changes.count();
    changes.signal(VM);
    changes.awaitAfter(seen, HOUR_MILLIS);
    assertThat(changes.count()).isEqualTo(seen + 1);
  }

  @Test
  void aLaterChangeEndsTheWait() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      long seen = changes.count();
      Future<?> waiting =
          threads.submit(() -> {
            changes.awaitAfter(seen, HOUR_MILLIS);
            return seen;
          });
      changes.signal(VM);
      assertThat(waiting.get(20, TimeUnit.SECONDS)).isEqualTo(seen);
    }
  }

  @Test
  void aWaitWithoutAChangeEndsWithItsTime() throws Exception {
    long begin = System.nanoTime();
    changes.awaitAfter(changes.count(), 20);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(19));
  }

  /** Looked at is what somebody waits for, and by that one alone. */
  @Test
  void whoWaitsForOneVmCostsTheChangesOfOthersNothing() throws Exception {
    var checks = new AtomicInteger();
    var isSo = new AtomicBoolean();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> waiting = new ArrayList<>();
      for (int one = 0; one < WAITING; one++) {
        waiting.add(
            threads.submit(() -> {
              changes.await(
                  Set.of(VM),
                  Duration.ofHours(1),
                  () -> {
                    checks.incrementAndGet();
                    return isSo.get();
                  });
              return null;
            }));
      }
      Awaitility.await().until(() -> checks.get() == WAITING && changes.listeners() == WAITING);
      for (int change = 0; change < 1000; change++) {
        changes.signal(OTHER);
      }
      assertThat(checks).as("looks after changes of another VM").hasValue(WAITING);
      isSo.set(true);
      changes.signal(VM);
      for (Future<?> one : waiting) {
        one.get(20, TimeUnit.SECONDS);
      }
      assertThat(changes.listeners()).as("left listening").isZero();
    }
  }

  /** A look may take long, like one that waits for the store. */
  @Test
  void whatIsWaitedForIsLookedAtOutsideOfEveryLock() throws Exception {
    var looking = new CountDownLatch(1);
    var mayEnd = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> waiting =
          threads.submit(() -> {
            changes.await(
                Set.of(VM),
                Duration.ofHours(1),
                () -> {
                  looking.countDown();
                  return uninterrupted(mayEnd);
                });
            return null;
          });
      looking.await();
      threads.submit(() -> changes.signal(VM)).get(20, TimeUnit.SECONDS);
      assertThat(waiting).isNotDone();
      mayEnd.countDown();
      waiting.get(20, TimeUnit.SECONDS);
    }
  }

  private static boolean uninterrupted(CountDownLatch latch) {
    try {
      latch.await();
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  @Test
  void aChangeWhileIsBeingLookedIsLookedAtAgain() throws Exception {
    var checks = new AtomicInteger();
    changes.await(
        Set.of(VM),
        Duration.ofHours(1),
        () -> {
          if (checks.incrementAndGet() == 1) {
            changes.signal(VM);
          }
          return checks.get() == 2;
        });
    assertThat(checks).hasValue(2);
  }

  @Test
  void whoWaitsForSeveralIsWokenByEachOfThemAndLeavesNothing() throws Exception {
    var evaluations = new AtomicInteger();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> waiting =
          threads.submit(() -> {
            changes.await(
                List.of(VM, OTHER), Duration.ofHours(1), () -> evaluations.incrementAndGet() == 3);
            return null;
          });
      for (VmId id : List.of(VM, OTHER)) {
        Awaitility.await().until(() -> changes.listeners() == 2 && evaluations.get() > 0);
        int seen = evaluations.get();
        changes.signal(id);
        Awaitility.await().until(() -> evaluations.get() == seen + 1);
      }
      waiting.get(20, TimeUnit.SECONDS);
      assertThat(changes.listeners()).isZero();
    }
  }

  /**
   * Pairs that answer each other by changes of a VM each, as fast as they can, beside one that
   * follows all changes: a signal that is lost would hold up its pair until the deadline.
   */
  @Test
  void noSignalIsLost() throws Exception {
    int pairs = 8;
    int rounds = 3000;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var players = new ArrayList<Future<?>>();
      for (int pair = 0; pair < pairs; pair++) {
        var value = new AtomicInteger();
        VmId ping = new VmId("vm-a%07x".formatted(pair));
        VmId pong = new VmId("vm-b%07x".formatted(pair));
        players.add(threads.submit(() -> play(value, 0, rounds, pong, ping)));
        players.add(threads.submit(() -> play(value, 1, rounds, ping, pong)));
      }
      long all = 2L * pairs * rounds;
      Future<?> follower =
          threads.submit(() -> {
            for (long seen = changes.count(); seen < all; seen = changes.count()) {
              changes.awaitAfter(seen, HOUR_MILLIS);
            }
            return null;
          });
      for (Future<?> player : players) {
        player.get(50, TimeUnit.SECONDS);
      }
      follower.get(20, TimeUnit.SECONDS);
      assertThat(changes.count()).isEqualTo(all);
      assertThat(changes.listeners()).isZero();
    }
  }

  /** Raises the value whenever it has come to the next number of this parity. */
  private @Nullable Void play(AtomicInteger value, int parity, int rounds, VmId waits, VmId tells)
      throws InterruptedException {
    for (int round = 0; round < rounds; round++) {
      int turn = 2 * round + parity;
      changes.await(Set.of(waits), Duration.ofMinutes(1), () -> value.get() == turn);
      assertThat(value).as("it was told, and did not wait for its time").hasValue(turn);
      value.set(turn + 1);
      changes.signal(tells);
    }
    return null;
  }
}
