package dev.visco.image.recipe;

import dev.visco.model.Refused;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Puts what was chosen into a recipe, so that an image's digest is that of a recipe which names
 * this alone: one of its browsers, and its tools with all that is known of them.
 *
 * @param files of tools
 * @param kernels that can be built of their source
 * @param given what was chosen
 * @param hasKvm whether KVM runs this host's guests
 */
record RecipeChoices(
    ToolFiles files, KernelFiles kernels, BuildChoices given, BooleanSupplier hasKvm) {
  static final String TOOLS = "tools";
  static final String BROWSER = "browser";
  static final String BROWSERS = "browsers";
  static final String KERNEL = "kernel";

  /** For recipes without a choice. */
  static final RecipeChoices NONE =
      new RecipeChoices(
          new ToolFiles(List.of()), new KernelFiles(List.of()), BuildChoices.NONE, () -> false);

  private static final String PACKAGES = "packages";
  private static final String MIN_MEMORY = "min-memory-mib";
  private static final Set<String> OF_BROWSER = Set.of("package", "program", MIN_MEMORY);

  /**
   * Changes the recipe.
   *
   * @return the tools and the kernel that it has, and its choices with the browser's name
   */
  Chosen apply(ObjectNode recipe, Path file) {
    String browser = browser(recipe, file);
    String kernel = given.kernel();
    return new Chosen(
        tools(recipe, file),
        kernel == null ? null : kernels.read(kernel),
        new BuildChoices(given.tools(), browser, kernel));
  }

  /** What became of the choices. */
  record Chosen(List<Tool> tools, @Nullable KernelRecipe kernel, BuildChoices choices) {}

  private List<Tool> tools(ObjectNode recipe, Path file) {
    JsonNode own = recipe.remove(TOOLS);
    var names = new ArrayList<String>();
    if (own != null) {
      if (!(own instanceof ArrayNode list)) {
        throw Refused.invalid(
            TOOLS, own.toString(), "in " + file + " is no list", "Give the tools' names.");
      }
      list.forEach(one -> names.add(one.asString("")));
    }
    List<String> chosen = given.tools();
    return chosen == null ? files.read(TOOLS, names) : files.read("with", chosen);
  }

  private @Nullable String browser(ObjectNode recipe, Path file) {
    JsonNode all = recipe.remove(BROWSERS);
    JsonNode defaults = recipe.remove(BROWSER);
    String chosen = given.browser();
    if (all == null) {
      if (chosen != null || defaults != null) {
        throw Refused.invalid(
            BROWSER,
            chosen == null ? defaults + "" : chosen,
            "cannot be chosen: " + file + " has no browsers",
            "Leave it out, or build an image whose recipe has the table browsers.");
      }
      return null;
    }
    String name = chosen == null ? byHost(defaults, file) : chosen;
    if (!(all.get(name) instanceof ObjectNode browser)) {
      throw Refused.invalid(
          BROWSER,
          name,
          "is none of the browsers of " + file,
          "There are " + String.join(", ", new TreeSet<>(all.propertyNames())) + ".");
    }
    put(recipe, browser, file);
    return name;
  }

  private String byHost(@Nullable JsonNode defaults, Path file) {
    String key = hasKvm.getAsBoolean() ? "kvm" : "emulated";
    String name = defaults == null ? "" : defaults.path(key).asString("");
    if (name.isEmpty()) {
      throw Refused.invalid(
          BROWSER + "." + key,
          file.toString(),
          "is missing",
          "Give the browser's name where " + (key.equals("kvm") ? "KVM works." : "it does not."));
    }
    return name;
  }

  private static void put(ObjectNode recipe, ObjectNode browser, Path file) {
    RecipeFile.refuseUnknownKeys(browser, BROWSERS + ".", OF_BROWSER, file);
    recipe.withArray(PACKAGES).add(browser.path("package"));
    for (JsonNode service : recipe.path("services")) {
      if (service.path("name").asString("").equals(BROWSER)) {
        ((ObjectNode) service).withArray("needs").add(browser.path("program"));
        if (browser.has(MIN_MEMORY)) {
          recipe.set(MIN_MEMORY, browser.get(MIN_MEMORY));
        }
        return;
      }
    }
    throw Refused.invalid(
        BROWSERS,
        file.toString(),
        "stands without a service " + BROWSER,
        "Add the service that starts it.");
  }
}
