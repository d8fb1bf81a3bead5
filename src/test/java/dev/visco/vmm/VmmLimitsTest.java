package dev.visco.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.Detached;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import dev.visco.model.BootSpec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a VMM's process may write, and when the kernel ends it. */
class VmmLimitsTest {
  @TempDir Path folder;
  private final LinuxHost host = new LinuxHost();

  private BootSpec spec(Path disk, BootSpec.DiskFormat format) {
    var builder = new SpecBuilder();
    builder.disks = List.of(new BootSpec.Disk(disk, format, false));
    return builder.build();
  }

  private Path raw(long bytes) throws IOException {
    Path disk = folder.resolve("raw");
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(bytes);
    }
    return disk;
  }

  @Test
  void aFileMayBeAsLargeAsTheLargestDiskAndNeverLessThanAGibibyte() throws IOException {
    assertThat(VmmLimits.largestFile(spec(raw(5L << 30), BootSpec.DiskFormat.RAW)))
        .isEqualTo(5L << 30);
    assertThat(VmmLimits.largestFile(spec(raw(512), BootSpec.DiskFormat.RAW))).isEqualTo(1L << 30);
    assertThat(VmmLimits.largestFile(spec(folder.resolve("none"), BootSpec.DiskFormat.RAW)))
        .isEqualTo(1L << 30);
  }

  @Test
  void aLayerMayGrowToItsDiskAndItsTables() throws IOException {
    Path layer = folder.resolve("layer");
    host.check(Command.of("qemu-img", "create", "-q", "-f", "qcow2", layer + "", "10G"));
    assertThat(VmmLimits.largestFile(spec(layer, BootSpec.DiskFormat.QCOW2)))
        .isEqualTo((10L << 30) + (10L << 30) / 64 + (64L << 20));
  }

  @Test
  void theProcessGoesFirstWhenMemoryRunsOut() throws IOException {
    ProcessRef process = host.start(new Detached(List.of("sleep", "60"), folder.resolve("log")));
    VmmLimits.makeFirstToGo(process);
    assertThat(Path.of("/proc/" + process.pid() + "/oom_score_adj")).hasContent("500");
    host.terminate(process, true);
    Awaitility.await().until(() -> !host.isAlive(process));
    VmmLimits.makeFirstToGo(process); // It has ended, which is its starter's to see.
  }

  @Test
  void theProcessHasTheLimits() throws IOException {
    var command = new ArrayList<>(VmmLimits.prlimit(spec(raw(2L << 30), BootSpec.DiskFormat.RAW)));
    command.addAll(List.of("cat", "/proc/self/limits"));
    assertThat(host.check(Command.of(command)).output())
        .containsPattern("Max file size +2147483648 +2147483648")
        .containsPattern("Max core file size +0 +0")
        .containsPattern("Max open files +1024 +1024");
  }
}
