package dev.visco.metrics;

import dev.visco.host.DiskRoom;
import dev.visco.model.VmState;
import dev.visco.store.VmRows;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The room on the file systems on which VMs, volumes and images lie; one on which several do, once.
 */
public final class DiskMetrics implements Metric.MetricSource {
  private final VmRows vms;
  private final SequencedMap<String, DiskRoom> rooms;

  /**
   * @param rooms by the folder of the data folder that lies there
   */
  public DiskMetrics(VmRows vms, SequencedMap<String, DiskRoom> rooms) {
    this.vms = vms;
    this.rooms = new LinkedHashMap<>(rooms);
  }

  @Override
  public List<Metric> metrics() {
    var all = new ArrayList<Metric>();
    var told = new ArrayList<DiskRoom>();
    rooms.forEach((folder, room) -> {
      if (told.stream().noneMatch(room::isSameAs)) {
        told.add(room);
        add(all, Map.of("folder", folder), room);
      }
    });
    all.add(
        Metric.gauge(
            "visco.vms.halted",
            "VMs that stand still since the disk is full or fails, though nobody paused them",
            Map.of(),
            vms.list(false).stream()
                .filter(vm -> vm.state() == VmState.PAUSED && vm.failure() != null)
                .count()));
    return all;
  }

  private static void add(List<Metric> all, Map<String, String> labels, DiskRoom room) {
    all.add(
        Metric.gauge(
            "visco.disk.size.bytes", "size of the folder's file system", labels, room.total()));
    all.add(Metric.gauge("visco.disk.free.bytes", "what is free of it", labels, room.free()));
    all.add(
        Metric.gauge(
            "visco.disk.reserve.bytes",
            "what of it guests may not fill: at this many free bytes those that write more are paused",
            labels,
            room.reserve()));
    all.add(
        Metric.gauge(
            "visco.disk.enough.bytes",
            "free bytes below which nothing new is made and VMs that were paused do not go on",
            labels,
            room.enough()));
  }
}
