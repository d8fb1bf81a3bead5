package dev.visco.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Times from requests to first commands' answers. */
final class FirstCommands {
  private FirstCommands() {}

  /** Does it in so many threads, which begin at the same moment. Returns the time of each. */
  static List<Duration> atOnce(int many, Callable<?> work) throws Exception {
    var begin = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var all = new ArrayList<Future<Duration>>();
      for (int number = 0; number < many; number++) {
        all.add(
            threads.submit(() -> {
              begin.await();
              long start = System.nanoTime();
              work.call();
              return Duration.ofNanos(System.nanoTime() - start);
            }));
      }
      begin.countDown();
      var times = new ArrayList<Duration>();
      for (Future<Duration> one : all) {
        times.add(one.get());
      }
      return times;
    }
  }

  /** The time within which so many of a hundred are done. */
  static Duration percentile(int percent, List<Duration> times) {
    List<Duration> sorted = times.stream().sorted().toList();
    return sorted.get((int) Math.ceil(sorted.size() * percent / 100.0) - 1);
  }

  /** The head of a table of {@link #row}. */
  static void head() {
    System.out.println("| VM | at once | creates | P50 | P95 | P99 |");
    System.out.println("|---|---|---|---|---|---|");
  }

  static void row(String vm, int atOnce, List<Duration> times) {
    System.out.printf(
        "| %s | %d | %d | %s | %s | %s |%n",
        vm,
        atOnce,
        times.size(),
        text(percentile(50, times)),
        text(percentile(95, times)),
        text(percentile(99, times)));
  }

  private static String text(Duration time) {
    double millis = time.toNanos() / 1e6;
    return millis < 1000 ? "%.0f ms".formatted(millis) : "%.2f s".formatted(millis / 1000);
  }
}
