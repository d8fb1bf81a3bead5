package dev.visco.cli;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Formats tables of text. */
public final class Tables {
  private Tables() {}

  /** Aligned columns; the last one is not padded. */
  static String columns(List<List<String>> rows) {
    var widths = new ArrayList<Integer>();
    for (List<String> row : rows) {
      for (int at = 0; at < row.size(); at++) {
        if (at == widths.size()) {
          widths.add(0);
        }
        widths.set(at, Math.max(widths.get(at), row.get(at).length()));
      }
    }
    var text = new StringBuilder();
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int at = 0; at < row.size(); at++) {
        line.append(row.get(at)).append(" ".repeat(widths.get(at) - row.get(at).length() + 2));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  /** A verification report as a table, with a line end at its end. */
  public static String report(JsonNode report) {
    var rows = new ArrayList<List<String>>();
    for (JsonNode line : report.path("criteria")) {
      String sign =
          switch (line.path("verdict").asString()) {
            case "met" -> "✓";
            case "not-met" -> "✗";
            case "not-reached" -> "…";
            default -> "-";
          };
      rows.add(
          List.of(
              sign,
              line.path("number").asString(),
              line.path("criterion").asString(),
              line.path("evidence").asString()));
    }
    var marks = new ArrayList<String>();
    report
        .path("timeline")
        .properties()
        .forEach(mark -> marks.add(mark.getKey() + " " + mark.getValue().asString()));
    return "%s on %s, %s\n"
            .formatted(
                report.path("vm").asString(),
                report.path("vmm").asString(),
                report.path("transport").asString())
        + columns(rows)
        + volumes(report.path("volumes"))
        + overruled(report.path("overruled"))
        + (marks.isEmpty() ? "" : "milliseconds after launch: " + String.join(", ", marks) + "\n");
  }

  private static String volumes(JsonNode volumes) {
    var rows = new ArrayList<List<String>>();
    volumes.forEach(one ->
        rows.add(
            List.of(
                one.path("mounted").asBoolean() ? "✓" : "✗",
                "volume " + one.path("name").asString(),
                one.path("path").asString(),
                one.path("evidence").asString())));
    return rows.isEmpty() ? "" : columns(rows);
  }

  private static String overruled(JsonNode rules) {
    var names = new ArrayList<String>();
    rules.forEach(rule -> names.add(rule.asString()));
    return names.isEmpty() ? "" : "overruled by --force: " + String.join(", ", names) + "\n";
  }

  static String text(JsonNode node, String name) {
    return node.has(name) ? node.path(name).asString() : "-";
  }
}
