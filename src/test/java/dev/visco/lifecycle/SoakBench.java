package dev.visco.lifecycle;

import dev.visco.model.RestartPolicy;
import dev.visco.model.UserId;
import dev.visco.model.UserState;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.Retention;
import dev.visco.store.UserRows;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A day of a busy host: VMs are created, stopped, started, restarted and destroyed by the thousand,
 * on a real store and fake machines. Prints what the process and the store hold after every tenth
 * of it, and the slopes: what does not end where it began is a leak. Run it by {@code bench/soak}.
 */
class SoakBench {
  private static final int VMS = Integer.getInteger("vms", 10_000);
  private static final int AT_ONCE = 8;
  private static final int SAMPLES = 10;

  @TempDir private Path folder;

  /**
   * What is held while no VM is there.
   *
   * @param done VMs created and destroyed by then
   * @param rows of VMs, after what is old was forgotten
   */
  private record Sample(
      int done, double heapMib, long descriptors, long threads, long rows, long files) {}

  @Test
  void aDay() throws Exception {
    var world = new FakeWorld();
    var samples = new ArrayList<Sample>();
    try (var daemon =
        new ConductorWorld(folder, world, point -> {}, InstantSource.system(), AT_ONCE).start()) {
      lives(daemon, world, VMS / SAMPLES); // What is loaded and compiled once.
      samples.add(sample(daemon, 0));
      for (int i = 1; i <= SAMPLES; i++) {
        lives(daemon, world, VMS / SAMPLES);
        samples.add(sample(daemon, i * (VMS / SAMPLES)));
      }
    }
    System.out.println("| VMs | heap MiB | descriptors | threads | rows | files |");
    System.out.println("|---|---|---|---|---|---|");
    samples.forEach(one ->
        System.out.printf(
            "| %d | %.1f | %d | %d | %d | %d |%n",
            one.done(), one.heapMib(), one.descriptors(), one.threads(), one.rows(), one.files()));
    System.out.printf(
        "| slope for 1000 VMs | %.2f | %.2f | %.2f | %.2f | %.2f |%n",
        slope(samples, Sample::heapMib),
        slope(samples, Sample::descriptors),
        slope(samples, Sample::threads),
        slope(samples, Sample::rows),
        slope(samples, Sample::files));
    System.out.printf(
        "Slots, disks and machines left: %d, %d, %d%n",
        world.slots(), world.disks(), world.machines());
  }

  /** So many VMs, each created, stopped, started, restarted and destroyed. */
  private static void lives(ConductorWorld daemon, FakeWorld world, int number) throws Exception {
    var threads = new ArrayList<Thread>();
    for (int worker = 0; worker < AT_ONCE; worker++) {
      int share = number / AT_ONCE;
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                for (int i = 0; i < share; i++) {
                  life(daemon, world);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void life(ConductorWorld daemon, FakeWorld world) {
    var users = new UserRows(daemon.store, "local");
    var user = new UserId("user-" + UUID.randomUUID());
    users.add(user, "{}", "{}", 1);
    var _ = users.update(user, "{\"team\":\"soak\"}", null, UserState.SUSPENDED, 2);
    users.remove(user, 9);
    VmId id = daemon.insert(RestartPolicy.ON_FAILURE);
    reached(daemon, id, VmState.READY);
    daemon.power.stop(id, Duration.ZERO);
    reached(daemon, id, VmState.STOPPED);
    daemon.power.start(id);
    reached(daemon, id, VmState.READY);
    world.killMachine(id);
    daemon.monitor.check();
    daemon.destroy(id);
    reached(daemon, id, VmState.DESTROYED);
    daemon.stopCounting(id);
  }

  private static void reached(ConductorWorld daemon, VmId id, VmState state) {
    try {
      daemon.changes.await(
          List.of(id), Duration.ofMinutes(1), () -> daemon.row(id).state() == state);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (daemon.row(id).state() != state) {
      throw new IllegalStateException("not " + state.word() + ": " + daemon.row(id));
    }
  }

  private Sample sample(ConductorWorld daemon, int done) throws IOException {
    new Retention(daemon.store, "local").removeDestroyedVms(Long.MAX_VALUE);
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    long threads = ManagementFactory.getThreadMXBean().getThreadCount();
    return new Sample(
        done,
        (runtime.totalMemory() - runtime.freeMemory()) / 1048576.0,
        count(Path.of("/proc/self/fd")),
        threads,
        daemon.rows.list(true).size(),
        count(folder));
  }

  private static long count(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder, folder.startsWith("/proc") ? 1 : 9)) {
      return all.count();
    }
  }

  private static double slope(List<Sample> samples, ToDoubleFunction<Sample> value) {
    double meanX = samples.stream().mapToDouble(Sample::done).average().orElseThrow();
    double meanY = samples.stream().mapToDouble(value).average().orElseThrow();
    double up = 0;
    double down = 0;
    for (Sample one : samples) {
      up += (one.done() - meanX) * (value.applyAsDouble(one) - meanY);
      down += (one.done() - meanX) * (one.done() - meanX);
    }
    return 1000 * up / down;
  }
}
