package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MemoryBudgetTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration NO_TIME = Duration.ofMillis(20);
  private final MemoryBudget budget = new MemoryBudget(1 << 20);

  @Test
  void whatIsTakenIsGivenBackOnce() {
    try (var taken = budget.take("a console", 1000, LONG)) {
      assertThat(budget.free()).isEqualTo((1 << 20) - 1024);
      taken.close();
      taken.close();
      assertThat(budget.free()).isEqualTo(1 << 20);
    }
    assertThat(budget.free()).isEqualTo(1 << 20);
  }

  @Test
  void whoFindsNothingIsTold() {
    try (var all = budget.take("a screen", 1 << 20, LONG)) {
      assertThatThrownBy(() -> budget.take("a console", 5000, NO_TIME))
          .isInstanceOf(Busy.class)
          .hasMessage(
              "There is no memory for a console now: it may come to 5 KiB, and others hold 1024 of the 1024 KiB for what"
                  + " guests and files make.");
      all.keep(1 << 10);
      budget.take("a console", 5000, NO_TIME).close();
    }
    assertThat(budget.free()).isEqualTo(1 << 20);
  }

  @Test
  void whatGrowsIsGivenBackWholeAndOnce() {
    var taken = budget.nothing();
    taken.more("lines", 5000, LONG);
    taken.more("lines", 1 << 19, LONG);
    assertThat(budget.free()).isEqualTo((1 << 20) - 5120 - (1 << 19));
    assertThatThrownBy(() -> taken.more("lines", 1 << 19, NO_TIME)).isInstanceOf(Busy.class);
    taken.close();
    assertThat(budget.free()).isEqualTo(1 << 20);
    taken.more("lines that come too late", 5000, LONG);
    assertThat(budget.free()).isEqualTo(1 << 20);
  }

  @Test
  void whatIsLargerThanAllIsAlone() {
    try (var all = budget.take("too much", 1L << 40, LONG)) {
      assertThat(budget.free()).isZero();
      all.keep(1L << 40);
      assertThat(budget.free()).isZero();
    }
    assertThat(budget.free()).isEqualTo(1 << 20);
  }

  @Test
  void manyNeverHoldMoreThanThereIs() throws InterruptedException {
    var held = new AtomicLong();
    var most = new AtomicLong();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int one = 0; one < 200; one++) {
        var random = new Random(one);
        threads.submit(() -> {
          long bytes = 1024L * (1 + random.nextInt(600));
          try (var taken = budget.take("something", bytes, LONG)) {
            most.accumulateAndGet(held.addAndGet(bytes), Math::max);
            Thread.yield();
            held.addAndGet(-bytes);
          }
        });
      }
    }
    assertThat(most.get()).isBetween(1024L, 1L << 20);
    assertThat(budget.free()).isEqualTo(1 << 20);
  }
}
