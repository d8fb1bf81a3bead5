package dev.visco.image.recipe;

import dev.visco.model.ImageName;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.node.ObjectNode;

/**
 * The files of tools: {@code tools/NAME.toml} in a folder of recipes; that of the last folder
 * counts.
 *
 * @param folders of recipes
 */
record ToolFiles(List<Path> folders) {
  /** The names of all tools. */
  Set<String> names() {
    return files().names();
  }

  private NamedFiles files() {
    return new NamedFiles(folders, "tools");
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
    return files().find(new ImageName(name).value());
  }

  private static Tool tool(Path file, String name) {
    try {
      ObjectNode tree = NamedFiles.tree(file);
      return NamedFiles.MAPPER.treeToValue(tree.put(NamedFiles.NAME, name), Tool.class);
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
