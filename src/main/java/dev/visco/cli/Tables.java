package dev.visco.cli;

import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Formats tables of text. */
public final class Tables {
  /** A column is not cut to less. */
  private static final int MIN_CUT = 8;

  private Tables() {}

  /** Aligned columns; the last one is not padded. */
  static String columns(List<List<String>> rows) {
    return columns(rows, 0, (row, column, cell, padded) -> padded);
  }

  /** Changes how a cell is shown, not its width. */
  interface CellPaint {
    /**
     * @param row 0 for the heading
     * @param cell the whole text
     * @param padded what is shown of it, as wide as its column
     */
    String paint(int row, int column, String cell, String padded);
  }

  /**
   * Aligned columns that fit a terminal: the widest ones are cut, with {@code …} at the cut; the
   * first one never is.
   *
   * @param max characters of a line; 0 for any number
   */
  static String columns(List<List<String>> rows, int max, CellPaint paint) {
    List<Integer> widths = fitted(widths(rows), max);
    var text = new StringBuilder();
    for (int at = 0; at < rows.size(); at++) {
      List<String> row = rows.get(at);
      var line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        String cell = row.get(column);
        boolean isLast = column == row.size() - 1;
        String padded = cut(cell, widths.get(column));
        String blanks = " ".repeat(widths.get(column) - width(padded) + 2);
        line.append(paint.paint(at, column, cell, padded)).append(isLast ? "" : blanks);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static List<Integer> widths(List<List<String>> rows) {
    var widths = new ArrayList<Integer>();
    for (List<String> row : rows) {
      for (int at = 0; at < row.size(); at++) {
        if (at == widths.size()) {
          widths.add(0);
        }
        widths.set(at, Math.max(widths.get(at), width(row.get(at))));
      }
    }
    return widths;
  }

  private static List<Integer> fitted(List<Integer> widths, int max) {
    var fitted = new ArrayList<>(widths);
    int total = fitted.stream().mapToInt(width -> width + 2).sum() - 2;
    for (int over = max == 0 ? 0 : total - max; over > 0; over--) {
      int widest = 0;
      for (int at = 1; at < fitted.size(); at++) {
        if (fitted.get(at) > MIN_CUT && (widest == 0 || fitted.get(at) > fitted.get(widest))) {
          widest = at;
        }
      }
      if (widest == 0) {
        break;
      }
      fitted.set(widest, fitted.get(widest) - 1);
    }
    return fitted;
  }

  private static int width(String text) {
    return text.codePointCount(0, text.length());
  }

  private static String cut(String cell, int width) {
    return width(cell) <= width
        ? cell
        : cell.substring(0, cell.offsetByCodePoints(0, width - 1)) + "…";
  }

  /** A VM's labels, each as {@code KEY=VALUE}. */
  static List<String> labels(JsonNode vm) {
    return vm.path("labels").properties().stream()
        .map(label -> label.getKey() + "=" + label.getValue().asString())
        .sorted()
        .toList();
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
        + warnings(report.path("warnings"))
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

  private static String warnings(JsonNode warnings) {
    var text = new StringBuilder();
    warnings.forEach(one -> text.append("warning: ").append(one.asString()).append('\n'));
    return text.toString();
  }

  /** An array's entries from the last one to the first: the API has the newest first. */
  static JsonNode oldestFirst(JsonNode newestFirst) {
    var entries = newestFirst.values().stream().toList();
    var array = Json.mapper().createArrayNode();
    entries.reversed().forEach(array::add);
    return array;
  }

  static String text(JsonNode node, String name) {
    return node.has(name) ? node.path(name).asString() : "-";
  }
}
