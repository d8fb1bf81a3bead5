package dev.visco.metrics;

import dev.visco.model.VmId;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.MachineUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

/** What running machines use, read at the moment of the question. */
public final class MachineStats implements VmStatsService, Metric.MetricSource {
  private final Supplier<Map<VmId, MachineHandle>> machines;
  private final Function<MachineHandle, Optional<MachineUsage>> usage;

  /**
   * @param machines the machines that run at this moment
   * @param usage of one; empty when it has ended
   */
  public MachineStats(
      Supplier<Map<VmId, MachineHandle>> machines,
      Function<MachineHandle, Optional<MachineUsage>> usage) {
    this.machines = machines;
    this.usage = usage;
  }

  @Override
  public SortedMap<VmId, MachineUsage> stats() {
    var found = new TreeMap<VmId, MachineUsage>();
    machines
        .get()
        .forEach((id, machine) -> usage.apply(machine).ifPresent(one -> found.put(id, one)));
    return found;
  }

  @Override
  public List<Metric> metrics() {
    var all = new ArrayList<Metric>();
    stats().forEach((id, one) -> add(all, Map.of("vm", id.value()), one));
    return all;
  }

  private static void add(List<Metric> all, Map<String, String> vm, MachineUsage one) {
    all.add(
        Metric.counter(
            "visco.vm.cpu.seconds",
            "processor time of a VM's machine",
            vm,
            one.cpuMicros() / 1_000_000.0));
    all.add(
        Metric.gauge("visco.vm.memory.bytes", "memory of a VM's machine", vm, one.memoryBytes()));
    Long limit = one.limitBytes();
    if (limit != null) {
      all.add(
          Metric.gauge(
              "visco.vm.memory.limit.bytes", "what of it its control group allows", vm, limit));
    }
    all.add(
        Metric.counter(
            "visco.vm.disk.read.bytes",
            "what a VM's machine has read from the host's disks",
            vm,
            one.readBytes()));
    all.add(
        Metric.counter(
            "visco.vm.disk.written.bytes",
            "what a VM's machine has written to the host's disks",
            vm,
            one.writtenBytes()));
    all.add(
        Metric.counter(
            "visco.vm.network.receive.bytes",
            "what a guest's network card has received",
            vm,
            one.receivedBytes()));
    all.add(
        Metric.counter(
            "visco.vm.network.transmit.bytes",
            "what a guest's network card has sent",
            vm,
            one.sentBytes()));
    all.add(Metric.gauge("visco.vm.threads", "threads of a VM's machine", vm, one.tasks()));
  }
}
