package dev.visco.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Fifo;
import dev.visco.host.HostFault;
import dev.visco.vmm.ConsoleLogger;
import dev.visco.vmm.MachineMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Firecracker's metrics through a FIFO. */
@Timeout(30)
class MetricsPipeTest {
  @TempDir Path folder;

  private static String line(int written, int time) {
    return "{\"utc_timestamp_ms\":%d,\"uart\":{\"write_count\":%d},\"latencies_us\":{\"pause_vm\":%d}}\n"
        .formatted(time, written, time);
  }

  private static void write(FileChannel fifo, String text) {
    try {
      fifo.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void allLinesSinceTheLastTimeAreAddedUp() throws IOException {
    Path fifo = folder.resolve("fifo");
    Fifo.make(fifo);
    try (FileChannel firecracker = ConsoleLogger.bothEnds(fifo)) {
      write(firecracker, line(3, 10) + line(4, 20));
      MachineMetrics metrics = MetricsPipe.read(fifo, () -> write(firecracker, line(5, 30)));
      assertThat(metrics.counts()).containsEntry("uart.write_count", 12L).hasSize(1);
      assertThat(metrics.levels())
          .containsEntry("latencies_us.pause_vm", 30L)
          .containsEntry("utc_timestamp_ms", 30L);
      metrics = MetricsPipe.read(fifo, () -> write(firecracker, line(1, 40)));
      assertThat(metrics.counts()).containsEntry("uart.write_count", 1L);
    }
  }

  @Test
  void aLineThatWasCutOffIsPassedOver() {
    assertThat(MetricsPipe.sum("{\"uart\":{\"wri\n" + line(2, 1) + "garbage\n").counts())
        .containsEntry("uart.write_count", 2L);
  }

  @Test
  void oneThatWritesNothingIsNotWaitedForForEver() {
    Path fifo = folder.resolve("fifo");
    Fifo.make(fifo);
    assertThatThrownBy(() -> MetricsPipe.read(fifo, () -> {}))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("wrote no metrics");
  }

  @Test
  void whatWasReadIsToldAlthoughItEndsMeanwhile() throws IOException {
    Path fifo = folder.resolve("fifo");
    Fifo.make(fifo);
    try (FileChannel firecracker = ConsoleLogger.bothEnds(fifo)) {
      write(firecracker, line(3, 10) + line(4, 20));
      MachineMetrics metrics =
          MetricsPipe.read(
              fifo,
              () -> {
                throw new HostFault("its socket is gone");
              });
      assertThat(metrics.counts()).containsEntry("uart.write_count", 7L);
    }
  }

  /** The FIFO belongs to the VMM's user, who may take back what was just seen to be there. */
  @Test
  void aThiefOfItsLinesHoldsNobodyUp() throws Exception {
    Path fifo = folder.resolve("fifo");
    Fifo.make(fifo);
    var isOver = new AtomicBoolean();
    try (FileChannel firecracker = ConsoleLogger.bothEnds(fifo);
        Fifo thief = Fifo.open(fifo)) {
      Thread writing =
          Thread.ofPlatform()
              .start(() -> {
                while (!isOver.get()) {
                  write(firecracker, line(1, 1));
                }
              });
      Thread stealing =
          Thread.ofPlatform()
              .start(() -> {
                while (!isOver.get()) {
                  thief.read();
                }
              });
      for (int round = 0; round < 200; round++) {
        try {
          MetricsPipe.read(fifo, () -> {});
        } catch (HostFault e) {
          assertThat(e).hasMessageContaining("wrote no metrics");
        }
      }
      isOver.set(true);
      stealing.join();
      while (writing.isAlive()) {
        thief.read(); // It may wait for room.
      }
    }
  }

  @Test
  void whoeverNeverStopsWritingIsReadToABound() throws Exception {
    Path fifo = folder.resolve("fifo");
    Fifo.make(fifo);
    var isOver = new AtomicBoolean();
    try (FileChannel firecracker = ConsoleLogger.bothEnds(fifo);
        Fifo drain = Fifo.open(fifo)) {
      Thread writing =
          Thread.ofPlatform()
              .start(() -> {
                while (!isOver.get()) {
                  write(firecracker, "x".repeat(4096));
                }
              });
      try {
        // What it read before is told, and nothing of that is a line.
        assertThat(MetricsPipe.read(fifo, () -> {}).counts()).isEmpty();
      } catch (HostFault e) {
        assertThat(e).hasMessageContaining("wrote no metrics");
      }
      isOver.set(true);
      while (writing.isAlive()) {
        drain.read();
      }
    }
  }
}
