package dev.visco.metrics;

import dev.visco.host.DiskRoom;
import dev.visco.model.VmState;
import dev.visco.store.VmRows;
import java.util.List;
import java.util.Map;

/** The room on the file system on which guests' disks lie. */
public final class DiskMetrics implements Metric.MetricSource {
  private final VmRows vms;
  private final DiskRoom room;

  public DiskMetrics(VmRows vms, DiskRoom room) {
    this.vms = vms;
    this.room = room;
  }

  @Override
  public List<Metric> metrics() {
    return List.of(
        gauge("visco.disk.size.bytes", "size of the data folder's file system", room.total()),
        gauge("visco.disk.free.bytes", "what is free of it", room.free()),
        gauge(
            "visco.disk.reserve.bytes",
            "what of it guests may not fill: at this many free bytes those that write more are paused",
            room.reserve()),
        gauge(
            "visco.disk.enough.bytes",
            "free bytes below which nothing new is made and VMs that were paused do not go on",
            room.enough()),
        gauge(
            "visco.vms.halted",
            "VMs that stand still since the disk is full or fails, though nobody paused them",
            vms.list(false).stream()
                .filter(vm -> vm.state() == VmState.PAUSED && vm.failure() != null)
                .count()));
  }

  private static Metric gauge(String name, String meaning, long value) {
    return Metric.gauge(name, meaning, Map.of(), value);
  }
}
