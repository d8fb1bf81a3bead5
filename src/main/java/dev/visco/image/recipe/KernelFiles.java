package dev.visco.image.recipe;

import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.node.ObjectNode;

/**
 * The files of kernels that can be built: {@code kernels/NAME.toml} in a folder of recipes; that of
 * the last folder counts.
 *
 * @param folders of recipes
 */
record KernelFiles(List<Path> folders) {
  private static final String CONFIGURATION = "configuration";
  private static final long MAX_CONFIGURATION = 1 << 20;

  /** The names of all kernels. */
  Set<String> names() {
    return files().names();
  }

  private NamedFiles files() {
    return new NamedFiles(folders, "kernels");
  }

  /** Reads a kernel's files; refused when there are none, or they are wrong. */
  KernelRecipe read(String name) {
    Set<String> names = names();
    if (!names.contains(name)) {
      throw Refused.invalid(
          "kernel",
          name,
          "is no kernel that can be built",
          names.isEmpty()
              ? "There are none: leave it out for the distribution's kernel."
              : "There are " + String.join(", ", names) + "; default is the distribution's.");
    }
    Path file = files().find(name).orElseThrow();
    try {
      ObjectNode tree = NamedFiles.tree(file);
      if (tree.has(CONFIGURATION)) {
        tree.put(CONFIGURATION, configuration(tree.path(CONFIGURATION), file));
      }
      return NamedFiles.MAPPER.treeToValue(tree.put(NamedFiles.NAME, name), KernelRecipe.class);
    } catch (IOException e) {
      throw Refused.invalid(
          "kernel", file.toString(), "cannot be read: " + e.getMessage(), "Make it readable.");
    } catch (UnrecognizedPropertyException e) {
      throw Refused.invalid(
          e.getPropertyName(),
          file.toString(),
          "is a key that nobody knows",
          "Known are "
              + e.getKnownPropertyIds().stream()
                  .map(Object::toString)
                  .filter(key -> !key.equals(NamedFiles.NAME))
                  .sorted()
                  .collect(Collectors.joining(", "))
              + ".");
    } catch (JacksonException e) {
      if (e.getCause() instanceof Refused refused) {
        throw refused;
      }
      throw Refused.invalid(
          "kernel",
          file.toString(),
          "is wrong: " + e.getOriginalMessage(),
          "Correct it; docs/recipes/add-a-kernel.md has every key.");
    }
  }

  /** The text of the file that is named, which lies beside it. */
  private static String configuration(JsonNode named, Path file) {
    String given = named.asString("");
    Recipe.checked(CONFIGURATION, given, Recipe.RELATIVE, "a path below " + file.getParent());
    Path options = file.resolveSibling(given);
    try {
      if (Files.size(options) > MAX_CONFIGURATION) {
        throw Refused.invalid(
            CONFIGURATION, given, "has more than 1 MiB", "Give a file with options of a kernel.");
      }
      return new String(Files.readAllBytes(options), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw Refused.invalid(
          CONFIGURATION,
          given,
          "cannot be read: " + options,
          "Put the file there, or correct " + file + ".");
    }
  }
}
