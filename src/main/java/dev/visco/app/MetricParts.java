package dev.visco.app;

import dev.visco.lifecycle.VmWork;
import dev.visco.metrics.DiskMetrics;
import dev.visco.metrics.FleetMetrics;
import dev.visco.metrics.MachineStats;
import dev.visco.metrics.Metric.MetricSource;
import dev.visco.metrics.SignInMetrics;
import dev.visco.metrics.VmmMetrics;
import dev.visco.model.VmId;
import dev.visco.network.SlotPlan;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.vmm.Cgroups;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.MachineUsage;
import dev.visco.vmm.Vmms;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What is counted and measured of VMs, their machines and disks. */
final class MetricParts {
  final FleetMetrics fleet;
  final DiskMetrics disks;
  final SignInMetrics signIns;
  final VmmMetrics vmms;
  final MachineStats machines;
  private final List<MetricSource> more = new ArrayList<>();
  private final VmRows rows;
  private final Vmms drivers;
  private final Cgroups cgroups = Cgroups.ofHost();

  MetricParts(
      FleetMetrics fleet, DiskMetrics disks, SignInMetrics signIns, VmRows rows, Vmms drivers) {
    this.fleet = fleet;
    this.disks = disks;
    this.signIns = signIns;
    this.rows = rows;
    this.drivers = drivers;
    this.machines = new MachineStats(this::running, machine -> usage(machine.ref()));
    this.vmms = new VmmMetrics(this::running, VmmMetrics.PERIOD);
  }

  /** Adds what another part counts. */
  void add(MetricSource source) {
    more.add(source);
  }

  /** What a machine has used; empty when it has ended. */
  Optional<MachineUsage> usage(MachineRef machine) {
    return MachineUsage.of(Path.of("/proc"), cgroups, machine.process().pid(), SlotPlan.TAP);
  }

  /** All that {@code /metrics} has. */
  List<MetricSource> sources() {
    var all = new ArrayList<MetricSource>(List.of(fleet, disks, signIns, vmms, machines));
    all.addAll(more);
    return all;
  }

  private Map<VmId, MachineHandle> running() {
    var running = new TreeMap<VmId, MachineHandle>();
    for (VmRow row : rows.list(false)) {
      VmWork.of(row)
          .machine()
          .flatMap(drivers::recover)
          .ifPresent(machine -> running.put(row.id(), machine));
    }
    return running;
  }
}
