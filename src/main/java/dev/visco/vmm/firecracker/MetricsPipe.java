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
 * Firecracker's metrics: a line of JSON when it is asked for one, and once a minute. They go into a
 * FIFO, which holds 64 KiB and some five lines: a file would grow by 17 MB a day. What nobody reads
 * in time is lost, never waited for.
 */
final class MetricsPipe {
  private static final Duration LINE = Duration.ofSeconds(2);
  private static final int MAX_BYTES = 1 << 20;

  private MetricsPipe() {}

  /**
   * Reads all lines since the last time, and one more. When it writes none now (it is busy, or just
   * ended) those that were read are told, since they are in the FIFO no more.
   *
   * @param flush makes Firecracker write it
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

  /** Its owner may read the FIFO too, and never stop writing: what is there now counts. */
  private static void drain(Fifo in, ByteArrayOutputStream bytes) {
    for (byte[] next = in.read(); next.length > 0 && bytes.size() < MAX_BYTES; next = in.read()) {
      bytes.writeBytes(next);
    }
  }

  private static boolean endsALine(ByteArrayOutputStream bytes, int before) {
    byte[] all = bytes.toByteArray();
    return all.length > before && all[all.length - 1] == '\n';
  }

  /** A line that is none, cut off when the FIFO was full, is passed over. */
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

  /** Firecracker starts its counters anew with each line, and keeps these ({@code metrics.rs}). */
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
