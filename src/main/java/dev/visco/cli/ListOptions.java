package dev.visco.cli;

import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** The options of each list: which entries, and in which form. */
final class ListOptions {
  @Option(
      names = {"-q", "--quiet"},
      description = "prints the ids or names alone, one a line")
  private boolean isQuiet;

  @Option(
      names = {"-f", "--filter"},
      paramLabel = "FIELD=VALUE",
      description =
          "only those with this value, like state=ready or label=app=web; may be repeated: values"
              + " of one field are alternatives")
  private List<String> filters = new ArrayList<>();

  @Option(
      names = "--format",
      paramLabel = "TEMPLATE",
      description =
          "a line for each, like '{{.ID}} {{.State}}'; fields are those of --json, in any case."
              + " With 'table ' before it aligned and with a heading; 'json' for a line of JSON"
              + " each")
  private @Nullable String template;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "table, wide (more columns), json, yaml or name")
  private @Nullable String form;

  @Option(names = "--no-trunc", description = "does not cut columns to the terminal's width")
  private boolean isWhole;

  @Option(names = "--json", description = "prints one JSON array, on one line")
  private boolean isJson;

  /** How a list is shown. */
  sealed interface Shown {
    /**
     * @param isWide whether the columns are there that only {@code -o wide} shows
     */
    record Table(boolean isWide, boolean isWhole) implements Shown {}

    /** A text that is ready. */
    record Text(String text) implements Shown {}
  }

  /** The entries that are wanted, in their order. */
  List<JsonNode> wanted(JsonNode entries) {
    return new EntryFilter(filters).of(entries);
  }

  /** Whether there is a filter on this field. */
  boolean hasFilter(String field) {
    return filters.stream().anyMatch(filter -> filter.startsWith(field + "="));
  }

  /** Refuses a filter, template or form that is none, before anything is asked. */
  void check() {
    new EntryFilter(filters);
    shown(List.of(), EntryFields::text);
  }

  /**
   * How these entries are shown.
   *
   * @param id the id or name of an entry
   */
  Shown shown(List<JsonNode> entries, Function<JsonNode, String> id) {
    if (isQuiet) {
      return new Shown.Text(lines(entries, id));
    } else if (isJson) {
      return new Shown.Text(Json.line(entries) + "\n");
    } else if (template != null) {
      return templated(template, entries, id);
    }
    return switch (form == null ? "table" : form) {
      case "table" -> new Shown.Table(false, isWhole);
      case "wide" -> new Shown.Table(true, isWhole);
      case "name" -> new Shown.Text(lines(entries, id));
      case "json" -> new Shown.Text(Json.pretty(entries));
      case "yaml" -> new Shown.Text(YamlText.of(Json.mapper().valueToTree(entries)));
      default ->
          throw Refused.invalid(
              "--output", form + "", "is no form", "Give table, wide, json, yaml or name.");
    };
  }

  private static Shown templated(
      String template, List<JsonNode> entries, Function<JsonNode, String> id) {
    if (template.equals("json")) {
      return new Shown.Text(lines(entries, Json::line));
    }
    boolean isTable = template.startsWith("table ");
    var line = new LineTemplate(isTable ? template.substring("table ".length()) : template, id);
    if (!isTable) {
      return new Shown.Text(lines(entries, line::fill));
    }
    var rows = new ArrayList<List<String>>();
    rows.add(cells(line.heading()));
    entries.forEach(entry -> rows.add(cells(line.fill(entry))));
    return new Shown.Text(Tables.columns(rows));
  }

  private static List<String> cells(String line) {
    return List.of(line.split("\t", -1));
  }

  private static String lines(List<JsonNode> entries, Function<JsonNode, String> line) {
    var text = new StringBuilder();
    entries.forEach(entry -> text.append(line.apply(entry)).append('\n'));
    return text.toString();
  }
}
