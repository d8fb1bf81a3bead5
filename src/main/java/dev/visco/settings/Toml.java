package dev.visco.settings;

import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/** Reads a TOML file into its values by dotted path. */
final class Toml {
  private Toml() {}

  /** All values of the file as text; refused when it is not TOML or contains lists. */
  static SequencedMap<String, String> values(Path file) {
    return values(file, Set.of());
  }

  /**
   * The same, but that these keys may have lists of values, which are given with commas between
   * them.
   */
  static SequencedMap<String, String> values(Path file, Set<String> lists) {
    var found = new TreeMap<String, String>();
    try {
      flatten(file, "", new TomlMapper().readTree(Files.readString(file)), lists, found);
    } catch (CharacterCodingException e) {
      throw Refused.invalid("file", file.toString(), "is not UTF-8", "Save it as UTF-8.");
    } catch (IOException e) {
      throw Refused.invalid(
          "file", file.toString(), "cannot be read: " + e.getMessage(), "Make it readable.");
    } catch (JacksonException e) {
      throw Refused.invalid(
          "file",
          file.toString(),
          "is not TOML" + where(e) + ": " + e.getOriginalMessage(),
          "Correct it there (https://toml.io).");
    }
    return found;
  }

  /** The parser may be further on: it detects a duplicate key only after its line. */
  private static String where(JacksonException e) {
    TokenStreamLocation at = e.getLocation();
    return at == null || at.getLineNr() < 1 ? "" : " in or just before line " + at.getLineNr();
  }

  private static void flatten(
      Path file,
      String prefix,
      JsonNode node,
      Set<String> lists,
      SequencedMap<String, String> found) {
    for (var entry : node.properties()) {
      String path = prefix + entry.getKey();
      if (entry.getValue().isObject()) {
        flatten(file, path + ".", entry.getValue(), lists, found);
      } else if (lists.contains(path) && entry.getValue().isArray()) {
        found.put(path, list(entry.getValue()));
      } else if (entry.getValue().isArray()) {
        throw Refused.invalid(
            path, entry.getValue().toString(), "in " + file + " is a list", "Give one value.");
      } else {
        found.put(path, entry.getValue().asString());
      }
    }
  }

  /** A value of a list that is no single one is given as JSON, which no reader takes. */
  private static String list(JsonNode values) {
    return values
        .valueStream()
        .map(one -> one.isValueNode() ? one.asString() : one.toString())
        .collect(Collectors.joining(","));
  }
}
