package dev.visco.compatible;

import dev.visco.host.ResourceText;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The metrics file: a line of JSON for each flush, with the groups and names of the shown release.
 * Counters are those since the last flush, like Firecracker's; values that this process does not
 * know are 0.
 */
final class MetricsFile {
  private final ShownRelease release;
  private final InstantSource clock;
  private final Map<String, Long> counts = new LinkedHashMap<>();
  private @Nullable OutputStream file;

  MetricsFile(ShownRelease release, InstantSource clock) {
    this.release = release;
    this.clock = clock;
  }

  /** Opens the file for all later flushes. */
  synchronized void open(Path path) throws Fault {
    if (file != null) {
      throw new Fault("The metrics have a file already.");
    }
    try {
      file = OutputFiles.open(path, release.makesLogFiles());
    } catch (IOException e) {
      throw new Fault("`metrics_path` cannot be opened: " + OutputFiles.reason(e));
    }
  }

  synchronized void count(String group, String name) {
    counts.merge(group + "." + name, 1L, Long::sum);
  }

  /** Sets a value that is not a counter, and is kept after a flush. */
  synchronized void set(String group, String name, long value) {
    counts.put(group + "." + name, value);
  }

  /**
   * Writes a line if a file is open.
   *
   * @param drives the drives, each of which has a group
   * @param networks likewise
   */
  synchronized void flush(List<String> drives, List<String> networks) {
    if (file == null) {
      return;
    }
    try {
      file.write((line(drives, networks) + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      count("logger", "missed_metrics_count");
      return;
    }
    counts.keySet().removeIf(name -> name.endsWith("_count") || name.endsWith("_fails"));
  }

  private String line(List<String> drives, List<String> networks) {
    var line = new JsonValue.Builder().add("utc_timestamp_ms", clock.millis());
    for (String group : groups()) {
      int colon = group.indexOf(':');
      String name = group.substring(0, colon);
      List<String> fields = List.of(group.substring(colon + 2).split(" ", -1));
      switch (name) {
        case "block_*" -> drives.forEach(id -> line.add("block_" + id, group("block", fields)));
        case "net_*" -> networks.forEach(id -> line.add("net_" + id, group("net", fields)));
        default -> line.add(name, group(name, fields));
      }
    }
    return line.build().write();
  }

  private JsonValue group(String name, List<String> fields) {
    var group = new JsonValue.Builder();
    for (String field : fields) {
      if (field.endsWith("_agg")) {
        group.add(
            field,
            new JsonValue.Builder().add("min_us", 0).add("max_us", 0).add("sum_us", 0).build());
      } else {
        group.add(field, counts.getOrDefault(name + "." + field, 0L));
      }
    }
    return group.build();
  }

  /** Reads the resource with one line per group: its name and its fields. */
  private List<String> groups() {
    String name = "metrics-" + release.text() + ".txt";
    return ResourceText.of(MetricsFile.class, name).lines().toList();
  }
}
