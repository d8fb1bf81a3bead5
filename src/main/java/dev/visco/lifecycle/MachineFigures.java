package dev.visco.lifecycle;

import dev.visco.host.HostFault;
import dev.visco.model.VmId;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.MachineMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the VMMs of running machines have counted. Each tells what came to pass since it was last
 * asked, so that it is added up here, from the daemon's start on.
 */
final class MachineFigures implements Sample.Source {
  private static final Logger LOG = LoggerFactory.getLogger(MachineFigures.class);

  /** A VMM answers in milliseconds; one that hangs must not hold up all numbers. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Supplier<Map<VmId, MachineHandle>> machines;
  private final Map<VmId, Map<String, Long>> sums = new HashMap<>();

  MachineFigures(Supplier<Map<VmId, MachineHandle>> machines) {
    this.machines = machines;
  }

  @Override
  public synchronized List<Sample> samples() {
    Map<VmId, MachineHandle> running = machines.get();
    sums.keySet().retainAll(running.keySet());
    var found = new ArrayList<Sample>();
    ask(running)
        .forEach((id, metrics) -> {
          String release = Objects.requireNonNull(running.get(id)).ref().release();
          Map<String, Long> sum = sums.computeIfAbsent(id, one -> new TreeMap<>());
          metrics.counts().forEach((name, count) -> sum.merge(name, count, Long::sum));
          metrics
              .levels()
              .forEach((name, level) ->
                  found.add(
                      Sample.gauge(
                          "visco.vmm.level",
                          "what a VMM says of a device of a VM at this moment",
                          labels(id, release, name),
                          level)));
        });
    sums.forEach((id, sum) -> {
      String release = Objects.requireNonNull(running.get(id)).ref().release();
      sum.forEach((name, count) -> {
        if (count != 0) { // Most of some two hundred never count anything.
          found.add(
              Sample.counter(
                  "visco.vmm.events",
                  "what a VMM has counted of a VM since the daemon's start",
                  labels(id, release, name),
                  count));
        }
      });
    });
    return found;
  }

  private static Map<String, String> labels(VmId id, String release, String name) {
    return Map.of("vm", id.value(), "release", release, "metric", name);
  }

  /** All at once; who does not answer in time is left out, and is asked again the next time. */
  private static Map<VmId, MachineMetrics> ask(Map<VmId, MachineHandle> running) {
    var answers = new TreeMap<VmId, MachineMetrics>();
    // Not closed by try: that would wait for a VMM that hangs.
    var threads = Executors.newVirtualThreadPerTaskExecutor();
    try {
      var asked = new TreeMap<VmId, Future<MachineMetrics>>();
      running.forEach((id, machine) -> asked.put(id, threads.submit(machine::metrics)));
      long end = System.nanoTime() + PATIENCE.toNanos();
      for (var one : asked.entrySet()) {
        try {
          long left = Math.max(0, end - System.nanoTime());
          answers.put(one.getKey(), one.getValue().get(left, TimeUnit.NANOSECONDS));
        } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
          LOG.debug("{}: its VMM tells no numbers now", one.getKey(), e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostFault("interrupted", e);
    } finally {
      threads.shutdownNow();
    }
    return answers;
  }
}
