package dev.visco.compatible;

import dev.visco.compatible.Recordings.Recording;
import dev.visco.compatible.Recordings.Scenario;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The table of steps that disagree, as the document lists them. */
record Deviations(List<Row> rows) {
  private static final Path DOCUMENT = Path.of("docs/firecracker-compatible.md");

  /** {@code | `scenario` | 1.9.1-mmio, … or all | 1, 2 | why |}. */
  private static final Pattern ROW =
      Pattern.compile("\\| `([a-zA-Z0-9-]+)` \\| ([^|]+) \\| ([0-9, ]+) \\| ([^|]+) \\|");

  /** {@code | 1.9.1-mmio | steps | agree |}. */
  private static final Pattern COUNT =
      Pattern.compile("\\| ([0-9.]+-(?:mmio|pci)) \\| (\\d+ \\| \\d+) \\|");

  record Row(String scenario, String where, Set<Integer> steps) {
    boolean holds(Recording recording, Scenario of) {
      return scenario.equals(of.name())
          && (where.equals("all") || List.of(where.split(", ")).contains(recording.name()));
    }
  }

  static Deviations read() {
    try {
      var rows = new ArrayList<Row>();
      for (String line : Files.readAllLines(DOCUMENT)) {
        Matcher matcher = ROW.matcher(line);
        if (matcher.matches()) {
          var steps = new TreeSet<Integer>();
          for (String step : matcher.group(3).split(",")) {
            steps.add(Integer.parseInt(step.strip()));
          }
          rows.add(new Row(matcher.group(1), matcher.group(2).strip(), steps));
        }
      }
      return new Deviations(rows);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How many steps there are and how many agree, as the document's first table says it. */
  static Map<String, String> counted() {
    try {
      var counted = new TreeMap<String, String>();
      for (String line : Files.readAllLines(DOCUMENT)) {
        Matcher matcher = COUNT.matcher(line);
        if (matcher.matches()) {
          counted.put(matcher.group(1), matcher.group(2));
        }
      }
      return counted;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Set<Integer> steps(Recording recording, Scenario scenario) {
    var steps = new TreeSet<Integer>();
    rows.stream()
        .filter(row -> row.holds(recording, scenario))
        .forEach(row -> steps.addAll(row.steps()));
    return steps;
  }
}
