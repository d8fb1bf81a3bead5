package dev.visco.vmm.firecracker;

import dev.visco.host.Fifo;
import dev.visco.host.HostFault;
import dev.visco.host.Waiting;
import dev.visco.vmm.MachineMetrics;
import dev.visco.wire.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Reads Firecracker's metrics: a line of JSON on request, and one per minute. They go into a FIFO,
 * which holds 64 KiB or about five lines; a file would grow by 17 MB a day. Lines that are not read
 * in time are lost, and never block Firecracker.
 */
final class MetricsPipe {
  private static final Duration LINE = Duration.ofSeconds(2);
  private static final int MAX_BYTES = 1 << 20;

  private MetricsPipe() {}

  /**
   * Reads all lines since the last call, and requests one more. If that does not come (Firecracker
   * is busy, or has just ended), the lines read so far still count, since they are no longer in the
   * FIFO.
   *
   * @param flush makes Firecracker write a line
   */
  static MachineMetrics read(Path fifo, Runnable flush) {
    try (Fifo in = Fifo.open(fifo)) {
      var bytes = new ByteArrayOutputStream();
      drain(in, bytes);
      int before = bytes.size();
      try {
        flush.run();
        awaitLine(fifo, in, bytes);
      } catch (HostFault e) {
        if (before == 0) {
          throw e;
        }
      }
      return sum(bytes.toString(StandardCharsets.UTF_8));
    }
  }

  private static void awaitLine(Path fifo, Fifo in, ByteArrayOutputStream bytes) {
    int before = bytes.size();
    boolean complete =
        Waiting.until(
            LINE,
            () -> {
              drain(in, bytes);
              return endsALine(bytes, before);
            });
    if (!complete) {
      throw new HostFault("Firecracker wrote no metrics into " + fifo + " within " + LINE);
    }
  }

  /** Reads what is in the FIFO now. Its owner might write without end. */
  private static void drain(Fifo in, ByteArrayOutputStream bytes) {
    for (byte[] next = in.read(); next.length > 0 && bytes.size() < MAX_BYTES; next = in.read()) {
      bytes.writeBytes(next);
    }
  }

  private static boolean endsALine(ByteArrayOutputStream bytes, int before) {
    byte[] all = bytes.toByteArray();
    return all.length > before && all[all.length - 1] == '\n';
  }

  /** Adds up lines; skips an incomplete one, which was cut when the FIFO was full. */
  static MachineMetrics sum(String lines) {
    var counts = new HashMap<String, Long>();
    var levels = new HashMap<String, Long>();
    for (String line : lines.split("\n", -1)) {
      try {
        if (!line.isBlank()) {
          add(Json.mapper().readTree(line), "", counts, levels);
        }
      } catch (JacksonException e) {
        continue;
      }
    }
    return new MachineMetrics(counts, levels);
  }

  private static void add(
      JsonNode node, String name, Map<String, Long> counts, Map<String, Long> levels) {
    node.properties()
        .forEach(field -> {
          String key = name.isEmpty() ? field.getKey() : name + "." + field.getKey();
          if (field.getValue().isObject()) {
            add(field.getValue(), key, counts, levels);
          } else if (field.getValue().isIntegralNumber()) {
            long value = field.getValue().asLong();
            if (isLevel(key)) {
              levels.put(key, value);
            } else {
              counts.merge(key, value, Long::sum);
            }
          }
        });
  }

  /**
   * Whether a value is a level: Firecracker resets its counters with each line, but not these
   * ({@code metrics.rs}).
   */
  private static boolean isLevel(String key) {
    return key.equals("utc_timestamp_ms")
        || key.startsWith("latencies_us.")
        || key.startsWith("api_server.process_startup")
        || key.startsWith("signals.")
        || key.startsWith("seccomp.")
        || key.startsWith("vmm.panic")
        || key.endsWith(".min_us")
        || key.endsWith(".max_us");
  }
}
