package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.VmId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nobody who waits for a change misses one. */
@Timeout(60)
class ChangesTest {
  private static final long HOUR_MILLIS = Duration.ofHours(1).toMillis();
  private static final VmId VM = new VmId("vm-00000001");
  private static final VmId OTHER = new VmId("vm-00000002");

  /** As many as long polls were measured with. */
  private static final int WAITING = 800;

  private final Changes changes = new Changes();

  @Test
  void aChangeBetweenTheLookAndTheWaitEndsTheWait() throws Exception {
    long seen = changes.count();
    changes.tell(VM);
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
      changes.tell(VM);
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
    var looks = new AtomicInteger();
    var isSo = new AtomicBoolean();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> waiting = new ArrayList<>();
      for (int one = 0; one < WAITING; one++) {
        waiting.add(
            threads.submit(() -> {
              changes.await(
                  VM,
                  Duration.ofHours(1),
                  () -> {
                    looks.incrementAndGet();
                    return isSo.get();
                  });
              return null;
            }));
      }
      Awaitility.await().until(() -> looks.get() == WAITING && changes.listeners() == WAITING);
      for (int change = 0; change < 1000; change++) {
        changes.tell(OTHER);
      }
      assertThat(looks).as("looks after changes of another VM").hasValue(WAITING);
      isSo.set(true);
      changes.tell(VM);
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
                VM,
                Duration.ofHours(1),
                () -> {
                  looking.countDown();
                  return uninterrupted(mayEnd);
                });
            return null;
          });
      looking.await();
      threads.submit(() -> changes.tell(VM)).get(20, TimeUnit.SECONDS);
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
    var looks = new AtomicInteger();
    changes.await(
        VM,
        Duration.ofHours(1),
        () -> {
          if (looks.incrementAndGet() == 1) {
            changes.tell(VM);
          }
          return looks.get() == 2;
        });
    assertThat(looks).hasValue(2);
  }
}
