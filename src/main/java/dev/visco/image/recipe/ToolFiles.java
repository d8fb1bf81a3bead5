package dev.visco.image.recipe;

import dev.visco.model.ImageName;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * The files of tools: {@code tools/NAME.toml} in a folder of recipes; that of the last folder
 * counts.
 *
 * @param folders of recipes
 */
record ToolFiles(List<Path> folders) {
  private static final String NAME = "name";
  private static final TomlMapper MAPPER =
      TomlMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .build();

  /** The names of all tools. */
  Set<String> names() {
    var names = new TreeSet<String>();
    for (Path folder : folders) {
      Path tools = folder.resolve("tools");
      if (!Files.isDirectory(tools)) {
        continue;
      }
      try (var files = Files.newDirectoryStream(tools, "[a-z0-9]*.toml")) {
        files.forEach(
            file -> names.add(file.getFileName().toString().replaceFirst("\\.toml$", "")));
      } catch (IOException e) {
        throw Refused.invalid(
            "folder", tools.toString(), "cannot be read: " + e.getMessage(), "Make it readable.");
      }
    }
    return names;
  }

  /**
   * Reads these tools and those that they need; what is needed comes first.
   *
   * @param field that named them
   */
  List<Tool> read(String field, List<String> names) {
    var found = new LinkedHashMap<String, Tool>();
    names.forEach(name -> add(field, name, found, new TreeSet<>()));
    return List.copyOf(found.values());
  }

  private void add(
      String field, String name, LinkedHashMap<String, Tool> found, Set<String> needing) {
    if (found.containsKey(name)) {
      return;
    }
    Path file = file(name).orElseThrow(() -> unknown(field, name));
    Tool tool = tool(file, name);
    if (!needing.add(name)) {
      throw Refused.invalid(
          "needs", name, "in " + file + " needs itself in the end", "Leave it out.");
    }
    tool.needList().forEach(need -> add("needs in " + file, need, found, needing));
    needing.remove(name);
    found.put(name, tool);
  }

  private Refused unknown(String field, String name) {
    return Refused.invalid(
        field, name, "is no tool", "There are " + String.join(", ", names()) + ".");
  }

  private Optional<Path> file(String name) {
    String file = "tools/" + new ImageName(name).value() + ".toml";
    return folders.reversed().stream()
        .map(folder -> folder.resolve(file))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  private static Tool tool(Path file, String name) {
    try {
      ObjectNode tree = (ObjectNode) MAPPER.readTree(Files.readString(file));
      if (tree.has(NAME)) {
        throw Refused.invalid(NAME, file.toString(), "is the file's own", "Leave it out.");
      }
      return MAPPER.treeToValue(tree.put(NAME, name), Tool.class);
    } catch (IOException e) {
      throw Refused.invalid(
          "tool", file.toString(), "cannot be read: " + e.getMessage(), "Make it readable.");
    } catch (UnrecognizedPropertyException e) {
      throw Refused.invalid(
          e.getPropertyName(),
          file.toString(),
          "is a key that nobody knows",
          "Known are "
              + e.getKnownPropertyIds().stream()
                  .map(Object::toString)
                  .sorted()
                  .collect(Collectors.joining(", "))
              + ".");
    } catch (JacksonException e) {
      throw RecipeFile.wrong(file, e);
    }
  }
}
