package dev.visco.provider;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.type.LogicalType;
import tools.jackson.dataformat.toml.TomlMapper;

/** Reads the providers that the operator offers, from one {@code NAME.toml} each. */
public final class Providers {
  private static final String SUFFIX = ".toml";
  private static final String NAME = "name";

  /** A larger file is no provider's. */
  private static final long MAX_BYTES = 1 << 20;

  private static final TomlMapper MAPPER =
      TomlMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .withCoercionConfig(
              LogicalType.Textual,
              config -> {
                config.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail);
                config.setCoercion(CoercionInputShape.Float, CoercionAction.Fail);
                config.setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
              })
          .build();

  private Providers() {}

  /**
   * Reads all providers of these folders, by name; for a name in several folders the last one
   * counts.
   */
  public static SequencedMap<String, Provider> read(List<Path> folders) {
    var providers = new TreeMap<String, Provider>();
    for (Path folder : folders) {
      for (Path file : files(folder)) {
        Provider provider = provider(file);
        providers.put(provider.name(), provider);
      }
    }
    return providers;
  }

  private static List<Path> files(Path folder) {
    var files = new ArrayList<Path>();
    if (Files.isDirectory(folder)) {
      try (Stream<Path> found = Files.list(folder)) {
        found
            .filter(file -> file.getFileName().toString().endsWith(SUFFIX))
            // A name that begins with a dot is an editor's temporary file.
            .filter(file -> !file.getFileName().toString().startsWith("."))
            .sorted()
            .forEach(files::add);
      } catch (IOException e) {
        throw Refused.invalid(
            "folder", folder.toString(), "cannot be read: " + e.getMessage(), "Make it readable.");
      }
    }
    return files;
  }

  private static Provider provider(Path file) {
    ObjectNode tree = tree(file);
    if (tree.has(NAME)) {
      throw Refused.invalid(
          NAME, value(tree.get(NAME)), "in " + file + " is the file's own", "Leave it out.");
    }
    String fileName = file.getFileName().toString();
    tree.put(NAME, fileName.substring(0, fileName.length() - SUFFIX.length()));
    try {
      return MAPPER.treeToValue(tree, Provider.class);
    } catch (JacksonException e) {
      throw wrong(file, tree, e);
    }
  }

  private static ObjectNode tree(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw Refused.invalid(
            "file", file.toString(), "is too large", "Give at most " + MAX_BYTES + " bytes.");
      }
      return (ObjectNode) MAPPER.readTree(Files.readString(file));
    } catch (CharacterCodingException e) {
      throw Refused.invalid("file", file.toString(), "is not UTF-8", "Save it as UTF-8.");
    } catch (IOException e) {
      throw Refused.invalid(
          "file", file.toString(), "cannot be read: " + e.getMessage(), "Make it readable.");
    } catch (JacksonException e) {
      TokenStreamLocation at = e.getLocation();
      String where = at == null || at.getLineNr() < 1 ? "" : " in or before line " + at.getLineNr();
      throw Refused.invalid(
          "file",
          file.toString(),
          "is not TOML" + where + ": " + e.getOriginalMessage(),
          "Correct it there (https://toml.io).");
    }
  }

  private static Refused wrong(Path file, JsonNode tree, JacksonException e) {
    List<JacksonException.Reference> path =
        e instanceof DatabindException found ? found.getPath() : List.of();
    String field = field(path);
    if (e.getCause() instanceof Refused refused
        && refused.refusal() instanceof Refusal.Invalid it) {
      return Refused.invalid(
          // A record knows its own fields, and the parser the place of the record.
          field.isEmpty() ? it.field() : field + "." + it.field(),
          it.value(),
          "in " + file + " " + it.reason(),
          it.advice());
    }
    String given = value(at(tree, path));
    if (e instanceof UnrecognizedPropertyException unknown) {
      return Refused.invalid(
          field,
          given,
          "in " + file + " is not known",
          "Known are "
              + unknown.getKnownPropertyIds().stream()
                  .map(Object::toString)
                  .filter(known -> !known.equals(NAME) || path.size() > 1)
                  .sorted()
                  .collect(Collectors.joining(", "))
              + ".");
    }
    return Refused.invalid(
        field,
        given,
        "in " + file + " is of the wrong type or value: " + firstLine(e.getOriginalMessage()),
        "Give what the recipe for providers says.");
  }

  private static String field(List<JacksonException.Reference> path) {
    var field = new StringBuilder();
    for (JacksonException.Reference step : path) {
      String name = step.getPropertyName();
      if (name == null) {
        field.append('[').append(step.getIndex()).append(']');
      } else {
        field.append(field.isEmpty() ? "" : ".").append(name);
      }
    }
    return field.toString();
  }

  private static JsonNode at(JsonNode tree, List<JacksonException.Reference> path) {
    JsonNode node = tree;
    for (JacksonException.Reference step : path) {
      String name = step.getPropertyName();
      node = name == null ? node.path(step.getIndex()) : node.path(name);
    }
    return node;
  }

  private static String value(JsonNode node) {
    return node.isString() ? node.asString() : node.toString();
  }

  private static String firstLine(String message) {
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }
}
