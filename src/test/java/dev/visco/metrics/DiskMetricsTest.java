package dev.visco.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.DiskRoom;
import dev.visco.model.DiskReserve;
import dev.visco.store.Store;
import dev.visco.store.VmRows;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each file system is told once, by the first folder that lies on it. */
class DiskMetricsTest {
  @TempDir private Path folder;

  private static DiskRoom room(long free) {
    return new DiskRoom(() -> free, () -> 10L << 30, new DiskReserve(100, 512));
  }

  @Test
  void foldersOfOneFileSystemAreToldOnce() {
    DiskRoom first = room(1 << 30);
    var rooms = new LinkedHashMap<String, DiskRoom>();
    rooms.put("vms", first);
    rooms.put("volumes", room(2 << 20));
    rooms.put("images", first);
    try (Store store = Store.open(folder)) {
      assertThat(new DiskMetrics(new VmRows(store, "local"), rooms).metrics())
          .extracting(metric -> metric.key() + " " + (long) metric.value())
          .containsExactly(
              "visco.disk.size.bytes{folder=vms} 10737418240",
              "visco.disk.free.bytes{folder=vms} 1073741824",
              "visco.disk.reserve.bytes{folder=vms} 536870912",
              "visco.disk.enough.bytes{folder=vms} 671088640",
              "visco.disk.size.bytes{folder=volumes} 10737418240",
              "visco.disk.free.bytes{folder=volumes} 2097152",
              "visco.disk.reserve.bytes{folder=volumes} 536870912",
              "visco.disk.enough.bytes{folder=volumes} 671088640",
              "visco.vms.halted{} 0");
    }
  }
}
