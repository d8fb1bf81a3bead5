package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkPoolTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private final WorkPool pool = new WorkPool("test", 2);

  /** Field 19 of proc_pid_stat(5), of the thread that works. */
  @Test
  void itsThreadsYieldToAllOthers() throws IOException {
    Path stat = Path.of("/proc/thread-self/stat");
    int own = nice(Files.readString(stat));
    assertThat(nice(pool.run("looking", LONG, () -> Files.readString(stat))))
        .isEqualTo(Math.min(own + 5, 19));
    assertThat(nice(Files.readString(stat))).isEqualTo(own);
  }

  private static int nice(String stat) {
    return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[16]);
  }

  @Test
  void givesWhatTheWorkGives() throws IOException {
    assertThat(pool.run("adding", LONG, () -> 1 + 1)).isEqualTo(2);
    assertThatThrownBy(() ->
            pool.run(
                "reading",
                LONG,
                () -> {
                  throw new IOException("broken");
                }))
        .isInstanceOf(IOException.class)
        .hasMessage("broken");
    assertThatThrownBy(() ->
            pool.run(
                "failing",
                LONG,
                () -> {
                  throw new StackOverflowError("deep");
                }))
        .isInstanceOf(StackOverflowError.class);
    await().atMost(LONG).until(() -> pool.free() == 2);
  }

  @Test
  void neverComputesOnACarrier() throws InterruptedException {
    var isVirtual = new boolean[] {true};
    Thread.ofVirtual()
        .start(() ->
            isVirtual[0] = pool.run("looking", LONG, () -> Thread.currentThread().isVirtual()))
        .join();
    assertThat(isVirtual[0]).isFalse();
  }

  @Test
  void whatTakesTooLongIsGivenUpAndKeepsItsThreadUntilItEnds() {
    var goOn = new CountDownLatch(1);
    assertThatThrownBy(
            () -> pool.run("thinking", Duration.ofSeconds(2), () -> awaitStubbornly(goOn)))
        .isInstanceOf(HostFault.class)
        .hasMessage("thinking did not end within 2000 ms and was given up");
    await().atMost(LONG).until(() -> pool.free() == 1);
    assertThat(pool.<Integer, RuntimeException>run("adding", LONG, () -> 2)).isEqualTo(2);
    goOn.countDown();
    await().atMost(LONG).until(() -> pool.free() == 2);
  }

  private static boolean awaitStubbornly(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      Thread.onSpinWait(); // As a regular expression does: no interrupt ends it.
    }
    return true;
  }

  @Test
  void whatFindsNoThreadIsTold() {
    var goOn = new CountDownLatch(1);
    for (int one = 0; one < 2; one++) {
      assertThatThrownBy(
              () -> pool.run("thinking", Duration.ofMillis(20), () -> awaitStubbornly(goOn)))
          .isInstanceOf(HostFault.class);
    }
    assertThatThrownBy(() -> pool.run("adding", Duration.ofMillis(20), () -> 2))
        .isInstanceOf(Busy.class)
        .hasMessageContaining("all 2 threads");
    goOn.countDown();
    await().atMost(LONG).until(() -> pool.free() == 2);
  }

  @Test
  void workWithinWorkTakesNoOtherThread() {
    var one = new WorkPool("one", 1);
    String done =
        one.run(
            "outer", LONG, () -> one.<String, RuntimeException>run("inner", LONG, () -> "both"));
    assertThat(done).isEqualTo("both");
  }

  /** The finding's own measure: somebody computes on every carrier's place, and others go on. */
  @Test
  void othersGoOnWhileAllOfItComputes() throws InterruptedException {
    var goOn = new CountDownLatch(1);
    int many = 4 * Runtime.getRuntime().availableProcessors();
    var wide = new WorkPool("wide", many);
    for (int one = 0; one < many; one++) {
      Thread.ofVirtual().start(() -> wide.run("spinning", LONG, () -> awaitStubbornly(goOn)));
    }
    await().atMost(LONG).until(() -> wide.free() == 0);
    var ticks = new AtomicLong();
    Thread.ofVirtual()
        .start(() -> {
          while (ticks.incrementAndGet() < 20) {
            Thread.yield();
          }
        })
        .join();
    assertThat(ticks.get()).isEqualTo(20);
    goOn.countDown();
  }
}
