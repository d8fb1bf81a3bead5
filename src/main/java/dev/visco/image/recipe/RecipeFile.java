package dev.visco.image.recipe;

import dev.visco.model.ImageName;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * A recipe's file, combined with its base, and the locations of both recipes' files.
 *
 * @param path of the recipe itself
 * @param recipe the combined recipe
 * @param sources the location on this host of each file to copy, by its {@code target}
 * @param choices what was chosen of it: the tools as they were chosen, and the browser by its name
 */
public record RecipeFile(
    Path path, Recipe recipe, Map<String, Path> sources, BuildChoices choices) {
  private static final Map<String, Set<String>> KEYS =
      Map.of(
          "files",
          Set.of("source", "target", "mode"),
          "services",
          Set.of(
              "name", "program", "arguments", "port", "vsock-port", "user", "environment", "needs"),
          "users",
          Set.of("name", "uid", "shell", "groups"));

  private static final List<String> NEEDED =
      List.of("packages", "kernel-package", "size-mib", "vcpus", "memory-mib");

  private static final String BASE = "base";
  private static final String KERNEL = "kernel-package";
  private static final String SIGN_IN = "sign-in";
  private static final String MIN_MEMORY = "min-memory-mib";

  /** The key's name in recipes of earlier versions, which are still read. */
  private static final String OLD_MIN_MEMORY = "least-memory-mib";

  /** The keys whose values must be unique among the entries of a list. */
  private static final Map<String, List<String>> DISTINCT =
      Map.of(
          "files", List.of("target"),
          "services", List.of("name", "port", "vsock-port"),
          "users", List.of("name", "uid"));

  private static final TomlMapper MAPPER =
      TomlMapper.builder().disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT).build();

  public RecipeFile {
    sources = Map.copyOf(sources);
  }

  /** The location on this host of a file of the recipe. */
  Path source(Recipe.FileEntry entry) {
    Path source = sources.get(entry.target());
    if (source == null) {
      throw new IllegalArgumentException(entry.target() + " is no file of this recipe");
    }
    return source;
  }

  /**
   * Reads a recipe; refuses errors by the name of the key.
   *
   * @param bases finds the file of a recipe by its name
   */
  public static RecipeFile read(Path file, Function<String, Optional<Path>> bases) {
    return read(file, bases, RecipeChoices.NONE, Distribution::ofHost);
  }

  /**
   * @param choices what is chosen of what the recipe leaves open
   * @param distribution asked when the recipe has another kernel package for each
   */
  static RecipeFile read(
      Path file,
      Function<String, Optional<Path>> bases,
      RecipeChoices choices,
      Supplier<Distribution> distribution) {
    var sources = new HashMap<String, Path>();
    ObjectNode own = tree(file);
    locate(own, file, sources);
    own = withBases(own, file, bases, sources, List.of(file));
    for (String key : NEEDED) {
      if (!own.has(key)) {
        throw Refused.invalid(key, file.toString(), "is missing", "Add it to the recipe.");
      }
    }
    chooseKernel(own, file, distribution);
    RecipeChoices.Chosen chosen = choices.apply(own, file);
    own.set(RecipeChoices.TOOLS, MAPPER.valueToTree(chosen.tools()));
    if (chosen.kernel() != null) {
      own.set(RecipeChoices.KERNEL, MAPPER.valueToTree(chosen.kernel()));
    }
    return new RecipeFile(file, bound(own, file), sources, chosen.choices());
  }

  /** The recipe with its base's keys, and those of the base's own base. */
  private static ObjectNode withBases(
      ObjectNode own,
      Path file,
      Function<String, Optional<Path>> bases,
      Map<String, Path> sources,
      List<Path> above) {
    if (!own.has(BASE)) {
      return own;
    }
    String name = baseName(own, file);
    Path base =
        bases
            .apply(name)
            .orElseThrow(() ->
                Refused.invalid(
                    BASE, name, "in " + file + " is no recipe", "Name a recipe beside it."));
    refuseCircle(file, name, base, above);
    ObjectNode below = tree(base);
    locate(below, base, sources);
    var all = new ArrayList<>(above);
    all.add(base);
    below = withBases(below, base, bases, sources, all);
    own.remove(BASE);
    return over(below, name, own, file);
  }

  /**
   * Replaces a table of kernel packages by the one of this host's distribution, so that an image's
   * digest is that of a recipe which names this package alone.
   */
  private static void chooseKernel(ObjectNode own, Path file, Supplier<Distribution> distribution) {
    if (!own.get(KERNEL).isObject()) {
      return;
    }
    var given = new TreeMap<String, JsonNode>();
    own.get(KERNEL)
        .forEachEntry((name, value) -> {
          if (!value.isString()) {
            throw Refused.invalid(
                KERNEL + "." + name,
                value.toString(),
                "in " + file + " is no package's name",
                "Give one as text.");
          }
          given.put(name, value);
        });
    Distribution host = distribution.get();
    own.set(
        KERNEL,
        host.choose(given)
            .orElseThrow(() ->
                Refused.invalid(
                    KERNEL,
                    String.join(", ", given.keySet()),
                    "in " + file + " has none for this host's " + String.join(", ", host.names()),
                    "Add one, by the distribution's ID or its release's VERSION_CODENAME"
                        + " (/etc/os-release).")));
  }

  private static String baseName(ObjectNode own, Path file) {
    JsonNode name = own.get(BASE);
    if (!name.isString()) {
      throw Refused.invalid(
          BASE, name.toString(), "in " + file + " is no name", "Give one recipe's name.");
    }
    return new ImageName(name.asString()).value();
  }

  /** Refuses a recipe that is its own base, at once or by others. */
  private static void refuseCircle(Path file, String name, Path base, List<Path> above) {
    Path real = base.toAbsolutePath().normalize();
    if (above.stream().anyMatch(one -> one.toAbsolutePath().normalize().equals(real))) {
      throw Refused.invalid(
          BASE,
          name,
          "in " + file + (above.size() == 1 ? " is this recipe itself" : " leads back to itself"),
          "Name another, or leave it out.");
    }
  }

  private static ObjectNode tree(Path file) {
    try {
      JsonNode tree = MAPPER.readTree(Files.readString(file));
      renameOldKey((ObjectNode) tree, file);
      // Otherwise a misspelt key would be reported as a missing one.
      refuseUnknownKeys(tree, file);
      return (ObjectNode) tree;
    } catch (IOException e) {
      throw Refused.invalid(
          "recipe", file.toString(), "cannot be read: " + e.getMessage(), "Make it readable.");
    } catch (JacksonException e) {
      throw wrong(file, e);
    }
  }

  private static void renameOldKey(ObjectNode tree, Path file) {
    JsonNode value = tree.remove(OLD_MIN_MEMORY);
    if (value != null && tree.has(MIN_MEMORY)) {
      throw Refused.invalid(
          OLD_MIN_MEMORY,
          file.toString(),
          "is the old name of " + MIN_MEMORY + ", which is given too",
          "Leave it out.");
    }
    if (value != null) {
      tree.set(MIN_MEMORY, value);
    }
  }

  private static Recipe bound(ObjectNode tree, Path file) {
    try {
      return MAPPER.treeToValue(tree, Recipe.class);
    } catch (JacksonException e) {
      throw wrong(file, e);
    }
  }

  private static void locate(ObjectNode tree, Path file, Map<String, Path> sources) {
    for (JsonNode entry : tree.path("files")) {
      String target = entry.path("target").asString("");
      sources.putIfAbsent(target, file.resolveSibling(entry.path("source").asString("")));
    }
  }

  /**
   * Combines the base with the recipe: lists are appended to the base's, other keys replace the
   * base's.
   */
  private static ObjectNode over(ObjectNode below, String name, ObjectNode own, Path file) {
    ObjectNode all = below.deepCopy();
    own.properties()
        .forEach(entry -> {
          JsonNode there = all.path(entry.getKey());
          if (there instanceof ArrayNode list && entry.getValue() instanceof ArrayNode more) {
            refuseClash(entry.getKey(), list, name, more, file);
            all.set(entry.getKey(), list.deepCopy().addAll(more));
          } else {
            all.set(entry.getKey(), entry.getValue());
          }
        });
    return all;
  }

  private static void refuseClash(
      String key, ArrayNode below, String name, ArrayNode own, Path file) {
    for (String field : DISTINCT.getOrDefault(key, List.of(""))) {
      var taken = new HashSet<String>();
      below.forEach(one -> taken.add(value(one, field)));
      for (JsonNode one : own) {
        String value = value(one, field);
        if (!value.isEmpty() && !value.equals("0") && taken.contains(value)) {
          throw Refused.invalid(
              field.isEmpty() ? key : key + "." + field,
              value,
              "in " + file + " is in its base " + name + " too",
              "Leave it out, or give another.");
        }
      }
    }
  }

  private static String value(JsonNode entry, String field) {
    return field.isEmpty() ? entry.asString("") : entry.path(field).asString("");
  }

  private static void refuseUnknownKeys(JsonNode tree, Path file) {
    var known = new TreeSet<>(KEYS.keySet());
    known.addAll(NEEDED);
    known.addAll(
        List.of(
            BASE,
            MIN_MEMORY,
            "exclude",
            SIGN_IN,
            RecipeChoices.TOOLS,
            RecipeChoices.BROWSER,
            RecipeChoices.BROWSERS));
    refuseUnknownKeys(tree, "", known, file);
    KEYS.forEach((name, keys) ->
        tree.path(name).forEach(one -> refuseUnknownKeys(one, name + ".", keys, file)));
    refuseUnknownKeys(tree.path(SIGN_IN), SIGN_IN + ".", Set.of("program", "user"), file);
  }

  static void refuseUnknownKeys(JsonNode node, String prefix, Set<String> known, Path file) {
    for (String key : new ArrayList<>(node.propertyNames())) {
      if (!known.contains(key)) {
        throw Refused.invalid(
            prefix + key,
            file.toString(),
            "is a key that nobody knows",
            "Known are " + String.join(", ", new TreeSet<>(known)) + ".");
      }
    }
  }

  static Refused wrong(Path file, JacksonException e) {
    if (e.getCause() instanceof Refused refused) {
      return refused;
    }
    String field = "recipe";
    if (e instanceof DatabindException databind && !databind.getPath().isEmpty()) {
      String name = databind.getPath().getLast().getPropertyName();
      field = name == null ? field : name;
    }
    return Refused.invalid(
        field,
        file.toString(),
        "is wrong: " + e.getOriginalMessage(),
        "Correct it; docs/recipes/add-an-image.md has every key.");
  }
}
