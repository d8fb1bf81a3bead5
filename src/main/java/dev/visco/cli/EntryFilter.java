package dev.visco.cli;

import dev.visco.model.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * Which entries of a list are wanted, by {@code --filter FIELD=VALUE}. Values of one field are
 * alternatives, and each field that is named must have one of its values, as in docker.
 */
final class EntryFilter {
  private static final String LABEL = "label";
  private final Map<String, List<String>> wanted = new TreeMap<>();

  /** Reads what was given; refuses what is not {@code FIELD=VALUE}. */
  EntryFilter(List<String> filters) {
    for (String filter : filters) {
      int at = filter.indexOf('=');
      if (at <= 0) {
        throw Refused.invalid(
            "--filter", filter, "is no FIELD=VALUE", "Give one, like --filter state=ready.");
      }
      wanted
          .computeIfAbsent(filter.substring(0, at), _ -> new ArrayList<>())
          .add(filter.substring(at + 1));
    }
  }

  /** The wanted entries, in their order; a field that no entry can have is refused. */
  List<JsonNode> of(JsonNode entries) {
    var all = new ArrayList<JsonNode>();
    entries.forEach(all::add);
    for (String field : wanted.keySet()) {
      if (!all.isEmpty()
          && !field.equals(LABEL)
          && all.stream().noneMatch(entry -> EntryFields.find(entry, field).isPresent())) {
        throw Refused.invalid(
            "--filter", field, "is no field of any of these", "They have " + names(all) + ".");
      }
    }
    all.removeIf(entry -> !isWanted(entry));
    return all;
  }

  private static String names(List<JsonNode> entries) {
    Set<String> names = new TreeSet<>();
    entries.forEach(entry -> names.addAll(entry.propertyNames()));
    return String.join(", ", names);
  }

  private boolean isWanted(JsonNode entry) {
    return wanted.entrySet().stream()
        .allMatch(one ->
            one.getValue().stream()
                .anyMatch(value ->
                    one.getKey().equals(LABEL)
                        ? hasLabel(entry, value)
                        : has(entry, one.getKey(), value)));
  }

  private static boolean has(JsonNode entry, String field, String value) {
    return EntryFields.find(entry, field)
        .filter(found -> EntryFields.text(found).equals(value))
        .isPresent();
  }

  /** {@code NAME} for a label of any value, or {@code NAME=VALUE}. */
  private static boolean hasLabel(JsonNode entry, String label) {
    int at = label.indexOf('=');
    JsonNode labels = entry.path("labels");
    return at < 0
        ? labels.has(label)
        : labels.path(label.substring(0, at)).asString("").equals(label.substring(at + 1))
            && labels.has(label.substring(0, at));
  }
}
