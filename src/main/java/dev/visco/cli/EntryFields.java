package dev.visco.cli;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Finds the fields of an entry of a list by a path like {@code manifest.kernelRelease}, in upper or
 * lower case, and by the names that docker's users know.
 */
final class EntryFields {
  /** Other names of fields, in lower case. */
  private static final Map<String, String> OTHER_NAMES =
      Map.of(
          "names", "name",
          "status", "state",
          "type", "vmType",
          "user", "userId",
          "vm", "vmId",
          "createdat", "created",
          "cpus", "vcpus",
          "memory", "memoryMib",
          "disk", "diskMib");

  private EntryFields() {}

  /**
   * The value; empty when the entry has no such field.
   *
   * @param path names with dots between them; empty for the whole entry
   */
  static Optional<JsonNode> find(JsonNode entry, String path) {
    JsonNode at = entry;
    for (String name : path.isEmpty() ? new String[0] : path.split("\\.", -1)) {
      Optional<JsonNode> next = field(at, name);
      if (next.isEmpty()) {
        return next;
      }
      at = next.get();
    }
    return Optional.of(at);
  }

  private static Optional<JsonNode> field(JsonNode entry, String name) {
    if (entry.has(name)) {
      return Optional.of(entry.path(name));
    }
    Optional<JsonNode> found = ofAnyCase(entry, name);
    String other = OTHER_NAMES.get(name.toLowerCase(Locale.ROOT));
    return found.isPresent() || other == null ? found : ofAnyCase(entry, other);
  }

  private static Optional<JsonNode> ofAnyCase(JsonNode entry, String name) {
    return entry.properties().stream()
        .filter(field -> field.getKey().equalsIgnoreCase(name))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** A value as text: JSON for lists and objects. */
  static String text(JsonNode value) {
    return value.isValueNode() ? value.asString() : value.toString();
  }
}
