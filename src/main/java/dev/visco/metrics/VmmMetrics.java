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
 * Metrics of the VMMs of running machines. A VMM reports what it has counted since it was last
 * asked, so the counts are added up here, from the daemon's start on. It keeps only some five
 * minutes of them, so it is asked regularly, whether anybody reads the metrics or not.
 */
public final class VmmMetrics implements Metric.MetricSource, AutoCloseable {
  /** Firecracker's FIFO holds five lines, and it writes one each minute. */
  public static final Duration PERIOD = Duration.ofMinutes(1);

  private static final Logger LOG = LoggerFactory.getLogger(VmmMetrics.class);

  /** How long to wait for VMMs in one round. They answer in milliseconds, but one may hang. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Supplier<Map<VmId, MachineHandle>> machines;
  private final Map<VmId, VmmCounters> numbers = new TreeMap<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Loop loop;

  /**
   * @param machines the machines that run at this moment
   * @param period pause between two rounds of the collector
   */
  public VmmMetrics(Supplier<Map<VmId, MachineHandle>> machines, Duration period) {
    this.machines = machines;
    this.loop = Loop.every("vmm-metrics", period, period, SteadyClock.ofHost(), this::collect);
  }

  public Loop loop() {
    return loop;
  }

  /** What the VMM of one VM has reported so far. */
  private static final class VmmCounters {
    private final String release;
    private final AtomicBoolean isAsked = new AtomicBoolean();
    private final Map<String, Long> sums = new TreeMap<>();
    private Map<String, Long> levels = Map.of();

    VmmCounters(String release) {
      this.release = release;
    }

    /** False while the last request is unanswered: a VMM that hangs blocks one thread at most. */
    boolean begins() {
      return isAsked.compareAndSet(false, true);
    }

    void ask(VmId id, MachineHandle machine) {
      try {
        add(machine.metrics());
      } catch (RuntimeException | Error e) {
        LOG.debug("{}: its VMM reports no metrics; it is asked again in the next round", id, e);
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
                  "what a VMM has counted for a VM since the daemon's start",
                  labels(id, name),
                  count)));
      levels.forEach((name, level) ->
          found.add(
              Metric.gauge(
                  "visco.vmm.level",
                  "what a VMM has last reported of itself or of a device of a VM",
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

  /** Asks all VMMs in parallel; an answer that comes too late is included in the next round. */
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
      LOG.debug("{} VMMs did not report metrics within {}", answers.getCount(), PATIENCE);
    }
  }

  @Override
  public synchronized List<Metric> metrics() {
    try {
      collect();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // What is known is returned.
    }
    var found = new ArrayList<Metric>();
    numbers.forEach((id, one) -> one.addTo(id, found));
    return found;
  }

  /** Ends the collector, and interrupts requests that still wait for a VMM. */
  @Override
  public void close() {
    loop.close();
    threads.shutdownNow();
  }
}
