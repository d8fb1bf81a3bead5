package dev.visco.api.desktop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** However many ask, one answer is made at a time, and not again at once. */
@Timeout(60)
class SharedAnswersTest {
  private final AtomicInteger made = new AtomicInteger();

  @Test
  void ofManyWhoAskAtOnceOneMakesTheAnswerOfAll() throws Exception {
    var answers = new SharedAnswers<String, Integer>(Duration.ofHours(1));
    var mayEnd = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> asked = new ArrayList<>();
      for (int one = 0; one < 100; one++) {
        asked.add(
            threads.submit(() ->
                answers.get(
                    "vm",
                    () -> {
                      int number = made.incrementAndGet();
                      awaitUninterrupted(mayEnd);
                      return number;
                    })));
      }
      Awaitility.await().until(() -> made.get() == 1);
      assertThat(answers.get("another", () -> 7)).isEqualTo(7);
      mayEnd.countDown();
      for (Future<Integer> one : asked) {
        assertThat(one.get(20, TimeUnit.SECONDS)).isEqualTo(1);
      }
    }
    assertThat(answers.get("vm", made::incrementAndGet)).as("some seconds later").isEqualTo(1);
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void anOldAnswerIsMadeAnewAndNotKept() {
    var answers = new SharedAnswers<String, Integer>(Duration.ZERO);
    assertThat(answers.get("vm", made::incrementAndGet)).isEqualTo(1);
    assertThat(answers.get("vm", made::incrementAndGet)).isEqualTo(2);
    answers.get("another", made::incrementAndGet);
    assertThat(answers.size()).isEqualTo(1);
  }

  @Test
  void whatIsRefusedIsRefusedToAll() {
    var answers = new SharedAnswers<String, Integer>(Duration.ofHours(1));
    for (int one = 0; one < 2; one++) {
      assertThatThrownBy(() ->
              answers.get(
                  "vm",
                  () -> {
                    made.incrementAndGet();
                    throw new IllegalStateException("no");
                  }))
          .isInstanceOf(IllegalStateException.class);
    }
    assertThat(made).hasValue(1);
  }
}
