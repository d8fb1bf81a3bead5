package dev.visco.image.recipe;

import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * Files {@code KIND/NAME.toml} in folders of recipes; that of the last folder counts.
 *
 * @param folders of recipes
 * @param kind the folder in each of them, like {@code tools}
 */
record NamedFiles(List<Path> folders, String kind) {
  /** What a file is called by; it may not say so itself. */
  static final String NAME = "name";

  private static final String END = ".toml";

  /** Reads them; keys that nobody knows are refused. */
  static final TomlMapper MAPPER =
      TomlMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .build();

  /** The names of all of them. */
  Set<String> names() {
    var names = new TreeSet<String>();
    for (Path folder : folders) {
      Path named = folder.resolve(kind);
      if (!Files.isDirectory(named)) {
        continue;
      }
      try (var files = Files.newDirectoryStream(named, "[a-z0-9]*" + END)) {
        files.forEach(file -> {
          String name = file.getFileName().toString();
          names.add(name.substring(0, name.length() - END.length()));
        });
      } catch (IOException e) {
        throw Refused.invalid(
            "folder", named.toString(), "cannot be read: " + e.getMessage(), "Make it readable.");
      }
    }
    return names;
  }

  /** The file of this name, which may be no name of any. */
  Optional<Path> find(String name) {
    return folders.reversed().stream()
        .map(folder -> folder.resolve(kind).resolve(name + END))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /** What a file says; refused where it has a name of its own. */
  static ObjectNode tree(Path file) throws IOException {
    ObjectNode tree = (ObjectNode) MAPPER.readTree(Files.readString(file));
    if (tree.has(NAME)) {
      throw Refused.invalid(NAME, file.toString(), "is the file's own", "Leave it out.");
    }
    return tree;
  }
}
