package dev.visco.cli;

import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A line for each entry of a list, as docker's {@code --format} takes it: text with placeholders
 * like {@code {{.ID}}}, {@code {{.State}}} or {@code {{json .Labels}}}.
 */
final class LineTemplate {
  /** Stands for a field that an entry does not have, as in Go's templates. */
  private static final String NO_VALUE = "<no value>";

  private static final Pattern PLACEHOLDER =
      Pattern.compile("\\{\\{\\s*(?:(json|upper|lower)\\s+)?\\.([A-Za-z0-9_.-]*)\\s*}}");
  private final List<Part> parts = new ArrayList<>();
  private final Function<JsonNode, String> id;

  /**
   * A placeholder with the text before it.
   *
   * @param path the field; null for the text at the end
   */
  private record Part(String before, @Nullable String function, @Nullable String path) {}

  /**
   * Reads a template; refuses a placeholder that is none.
   *
   * @param id what {@code {{.ID}}} is of an entry
   */
  LineTemplate(String template, Function<JsonNode, String> id) {
    this.id = id;
    String text = template.replace("\\t", "\t").replace("\\n", "\n");
    Matcher found = PLACEHOLDER.matcher(text);
    int end = 0;
    while (found.find()) {
      parts.add(new Part(text.substring(end, found.start()), found.group(1), found.group(2)));
      end = found.end();
    }
    parts.add(new Part(text.substring(end), null, null));
    if (parts.stream().anyMatch(part -> part.before.contains("{{") || part.before.contains("}}"))) {
      throw Refused.invalid(
          "--format",
          template,
          "has a placeholder that is none",
          "Write them like {{.ID}}, {{upper .State}} or {{json .}}.");
    }
  }

  /** The line of an entry, without line end. */
  String fill(JsonNode entry) {
    var line = new StringBuilder();
    for (Part part : parts) {
      line.append(part.before);
      if (part.path != null) {
        line.append(value(entry, part.path, part.function));
      }
    }
    return line.toString();
  }

  private String value(JsonNode entry, String path, @Nullable String function) {
    JsonNode found = EntryFields.find(entry, path).orElse(null);
    if ("json".equals(function) || path.isEmpty()) {
      return Json.line(found == null ? Json.mapper().nullNode() : found);
    }
    String text =
        found != null
            ? EntryFields.text(found)
            : path.equalsIgnoreCase("id") ? id.apply(entry) : NO_VALUE;
    if (function == null) {
      return text;
    }
    return function.equals("upper") ? text.toUpperCase(Locale.ROOT) : text.toLowerCase(Locale.ROOT);
  }

  /** A heading for {@code --format "table …"}: the names of the fields in capitals. */
  String heading() {
    var line = new StringBuilder();
    for (Part part : parts) {
      line.append(part.before);
      if (part.path != null) {
        line.append(part.path.substring(part.path.lastIndexOf('.') + 1).toUpperCase(Locale.ROOT));
      }
    }
    return line.toString();
  }
}
