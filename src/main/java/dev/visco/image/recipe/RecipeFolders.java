package dev.visco.image.recipe;

import dev.visco.model.ImageName;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/**
 * The recipes of images in their folders: {@code NAME.toml}, that of the last folder counts.
 *
 * @param folders with recipes, in {@code tools} with tools and in {@code kernels} with kernels
 * @param hasKvm whether KVM runs this host's guests
 */
public record RecipeFolders(List<Path> folders, BooleanSupplier hasKvm) {
  public RecipeFolders {
    folders = List.copyOf(folders);
  }

  /** The names of all recipes. */
  public Set<String> names() {
    var names = new TreeSet<String>();
    for (Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        continue;
      }
      try (var files = Files.newDirectoryStream(folder, "*.toml")) {
        files.forEach(file -> names.add(file.getFileName().toString().replace(".toml", "")));
      } catch (IOException e) {
        throw Refused.invalid(
            "folder", folder.toString(), "cannot be read: " + e.getMessage(), "Make it readable.");
      }
    }
    return names;
  }

  /** The names of all tools that images may have. */
  public Set<String> tools() {
    return new ToolFiles(folders).names();
  }

  /** Reads every tool's file; refuses one that is wrong. */
  public void readTools() {
    new ToolFiles(folders).read("tools", List.copyOf(tools()));
  }

  /** The file of a recipe. */
  public Optional<Path> find(String name) {
    return folders.reversed().stream()
        .map(folder -> folder.resolve(name + ".toml"))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /** Reads a recipe with what was chosen of it; refused when there is none, or it is invalid. */
  public RecipeFile read(String name, BuildChoices choices) {
    Path file =
        find(new ImageName(name).value())
            .orElseThrow(() ->
                new Refused(
                    new Refusal.NotFound(
                        "recipe",
                        name,
                        "There are recipes for " + String.join(", ", names()) + ".")));
    return RecipeFile.read(
        file,
        this::find,
        new RecipeChoices(new ToolFiles(folders), new KernelFiles(folders), choices, hasKvm),
        Distribution::ofHost);
  }
}
