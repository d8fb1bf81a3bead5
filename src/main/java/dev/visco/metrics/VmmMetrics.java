package dev.visco.metrics;

import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.Loop;
import dev.visco.model.VmId;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.MachineMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the VMMs of running machines have counted. Each tells what came to pass since it was last
 * asked, so that it is added up here, from the daemon's start on; and keeps only some five minutes
 * of it, so that it is asked whether somebody wants to know or not.
 */
public final class VmmMetrics implements Metric.MetricSource, AutoCloseable {
  /** Firecracker's FIFO holds five lines, and it writes one each minute. */
  public static final Duration PERIOD = Duration.ofMinutes(1);

  private static final Logger LOG = LoggerFactory.getLogger(VmmMetrics.class);

  /** A VMM answers in milliseconds; one that hangs must not hold up all numbers. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Supplier<Map<VmId, MachineHandle>> machines;
  private final Map<VmId, VmmCounters> numbers = new TreeMap<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Loop loop;

  /**
   * @param machines those that run at this moment
   * @param period between two rounds of the collector
   */
  public VmmMetrics(Supplier<Map<VmId, MachineHandle>> machines, Duration period) {
    this.machines = machines;
    this.loop = Loop.every("vmm-metrics", period, period, SteadyClock.ofHost(), this::collect);
  }

  public Loop loop() {
    return loop;
  }

  /** What one VM has told so far. */
  private static final class VmmCounters {
    private final String release;
    private final AtomicBoolean isAsked = new AtomicBoolean();
    private final Map<String, Long> sums = new TreeMap<>();
    private Map<String, Long> levels = Map.of();

    VmmCounters(String release) {
      this.release = release;
    }

    /** One that hangs is not asked again meanwhile, so that it holds one thread and no more. */
    boolean begins() {
      return isAsked.compareAndSet(false, true);
    }

    void ask(VmId id, MachineHandle machine) {
      try {
        add(machine.metrics());
      } catch (RuntimeException | Error e) {
        LOG.debug("{}: its VMM tells no numbers now; it is asked again", id, e);
      } finally {
        isAsked.set(false);
      }
    }

    private synchronized void add(MachineMetrics metrics) {
      metrics
          .counts()
          .forEach((name, count) -> {
            if (count != 0 && PublishedMetrics.has(name)) {
              sums.merge(name, count, Long::sum);
            }
          });
      var told = new TreeMap<>(metrics.levels());
      told.entrySet()
          .removeIf(level -> level.getValue() == 0 || !PublishedMetrics.has(level.getKey()));
      levels = told;
    }

    synchronized void addTo(VmId id, List<Metric> found) {
      sums.forEach((name, count) ->
          found.add(
              Metric.counter(
                  "visco.vmm.events",
                  "what a VMM has counted of a VM since the daemon's start",
                  labels(id, name),
                  count)));
      levels.forEach((name, level) ->
          found.add(
              Metric.gauge(
                  "visco.vmm.level",
                  "what a VMM has last said of itself or of a device of a VM",
                  labels(id, name),
                  level)));
    }

    private Map<String, String> labels(VmId id, String name) {
      return Map.of("vm", id.value(), "release", release, "metric", name);
    }
  }

  public void start() {
    loop.start();
  }

  /** All at once; who does not answer in time tells its numbers when the next asks. */
  private synchronized void collect() throws InterruptedException {
    Map<VmId, MachineHandle> running = machines.get();
    numbers.keySet().retainAll(running.keySet());
    var begun = new ArrayList<Runnable>();
    running.forEach((id, machine) -> {
      VmmCounters one =
          numbers.computeIfAbsent(id, key -> new VmmCounters(machine.ref().release()));
      if (one.begins()) {
        begun.add(() -> one.ask(id, machine));
      }
    });
    var answers = new CountDownLatch(begun.size());
    for (Runnable one : begun) {
      threads.execute(() -> {
        one.run();
        answers.countDown();
      });
    }
    if (!answers.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      LOG.debug("{} VMMs did not tell their numbers within {}", answers.getCount(), PATIENCE);
    }
  }

  @Override
  public synchronized List<Metric> metrics() {
    try {
      collect();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // What is known is told all the same.
    }
    var found = new ArrayList<Metric>();
    numbers.forEach((id, one) -> one.addTo(id, found));
    return found;
  }

  /** Ends the collector, and whoever still waits for a VMM. */
  @Override
  public void close() {
    loop.close();
    threads.shutdownNow();
  }
}
