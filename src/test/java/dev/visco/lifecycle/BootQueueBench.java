package dev.visco.lifecycle;

import com.sun.management.OperatingSystemMXBean;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What VMs that wait for their turn to boot cost the daemon, each with somebody who waits for it:
 * two VMs boot whose guests do not answer, and none or two hundred wait behind them, in turns. Then
 * the guests answer, and all come up. Run it by {@code bench/boot-queue}.
 */
class BootQueueBench {
  private static final int ROUNDS = Integer.getInteger("rounds", 3);
  private static final Duration TIME = Duration.ofSeconds(Integer.getInteger("seconds", 10));
  private static final int PLACES = 2;
  private static final List<Integer> WAITING = List.of(0, 200);
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  @TempDir private Path folder;

  /** What was counted: commits, processor nanoseconds, evaluations by those who wait. */
  private record Counts(long nanos, long commits, long processor, long evaluations) {
    Counts since(Counts before) {
      return new Counts(
          nanos - before.nanos,
          commits - before.commits,
          processor - before.processor,
          evaluations - before.evaluations);
    }

    double perSecond(double number) {
      return number * 1e9 / nanos;
    }
  }

  @Test
  void waiting() throws Exception {
    Map<Integer, List<Counts>> boots = new TreeMap<>();
    Map<Integer, List<Counts>> ends = new TreeMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      for (int waiting : WAITING) {
        Path data = Files.createDirectory(folder.resolve(round + "-" + waiting));
        Counts[] counts = counts(data, waiting);
        boots.computeIfAbsent(waiting, key -> new ArrayList<>()).add(counts[0]);
        ends.computeIfAbsent(waiting, key -> new ArrayList<>()).add(counts[1]);
      }
    }
    System.out.println("| | commits/s | processor s/s | evaluations/s |");
    System.out.println("|---|---|---|---|");
    boots.forEach((waiting, all) ->
        System.out.printf(
            "| %d boot, %d wait | %.1f | %.3f | %.1f |%n",
            PLACES,
            waiting,
            median(all.stream().map(one -> one.perSecond(one.commits)).toList()),
            median(all.stream().map(one -> one.perSecond(one.processor / 1e9)).toList()),
            median(all.stream().map(one -> one.perSecond(one.evaluations)).toList())));
    System.out.println("| | until all are ready | processor s | commits |");
    System.out.println("|---|---|---|---|");
    ends.forEach((waiting, all) ->
        System.out.printf(
            "| %d come up | %.2f s | %.2f | %.0f |%n",
            PLACES + waiting,
            median(all.stream().map(one -> one.nanos / 1e9).toList()),
            median(all.stream().map(one -> one.processor / 1e9).toList()),
            median(all.stream().map(one -> (double) one.commits).toList())));
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  /** While they wait, and until all of them are ready. */
  private static Counts[] counts(Path data, int waiting) throws Exception {
    var world = new FakeWorld();
    world.muteGuests();
    var evaluations = new AtomicLong();
    try (ExecutorService waiters = Executors.newVirtualThreadPerTaskExecutor();
        var daemon = new ConductorWorld(data, world, at -> {}, InstantSource.system(), PLACES)) {
      daemon.slots.fill(PLACES + waiting);
      daemon.start();
      var ids = new ArrayList<VmId>();
      for (int number = 0; number < PLACES + waiting; number++) {
        VmId id = daemon.insert("anna");
        ids.add(id);
        waiters.submit(() -> {
          daemon.changes.await(
              Set.of(id),
              Duration.ofMinutes(5),
              () -> {
                evaluations.incrementAndGet();
                return daemon.row(id).state() == VmState.READY;
              });
          return null;
        });
      }
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .until(() ->
              ids.stream().allMatch(id -> daemon.row(id).slot() != null)
                  && world.machines() == PLACES
                  && world.disks() == ids.size());
      Counts before = now(data, evaluations);
      Thread.sleep(TIME);
      Counts whileWaiting = now(data, evaluations).since(before);
      before = now(data, evaluations);
      world.unmuteGuests();
      waiters.shutdown();
      waiters.awaitTermination(5, TimeUnit.MINUTES);
      return new Counts[] {whileWaiting, now(data, evaluations).since(before)};
    }
  }

  private static Counts now(Path data, AtomicLong evaluations) throws IOException {
    return new Counts(
        System.nanoTime(), commits(data), SYSTEM.getProcessCpuTime(), evaluations.get());
  }

  /** The header of the index of the write-ahead log counts them, see sqlite.org/walformat.html. */
  private static long commits(Path data) throws IOException {
    try (var index = new RandomAccessFile(data.resolve("visco.db-shm").toFile(), "r")) {
      index.seek(8);
      return Integer.toUnsignedLong(Integer.reverseBytes(index.readInt()));
    }
  }
}
