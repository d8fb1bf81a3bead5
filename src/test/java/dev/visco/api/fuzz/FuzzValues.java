package dev.visco.api.fuzz;

import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Values for fields and parameters: some that are right, and many that are not. */
final class FuzzValues {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final List<String> TEXTS =
      List.of(
          "anna",
          "bert",
          "cli",
          "box",
          "data",
          "clean",
          "mmio",
          "pci",
          "always",
          "no",
          "used",
          "1g",
          "2g",
          "64m",
          "2h",
          "90s",
          "none",
          "user",
          "operator",
          "a=b",
          "ready",
          "true",
          "1",
          "",
          " ",
          "..",
          "../../etc/passwd",
          "/",
          "a/b",
          "-1",
          "null",
          "\u0000",
          "\u001b[2J",
          "\n",
          "\u00e9",
          "\ud83d\ude00",
          "\u202e",
          "%00",
          "{}",
          "[]",
          "'",
          "\"",
          "\\",
          "0x10",
          "1e9",
          "99999999999999999999",
          "a".repeat(300),
          "\u00fc".repeat(5000));
  private static final List<Long> NUMBERS =
      List.of(
          0L, 1L, 2L, 5L, 128L, 256L, 512L, 1024L, -1L, 65_536L, 2_147_483_648L, Long.MAX_VALUE);

  /** What a VM cannot be created without, with values that are right. */
  private static final Map<String, String> NEEDED = Map.of("userId", "anna", "vmType", "cli");

  private final RandomGenerator random;
  private final JsonNode document;

  FuzzValues(RandomGenerator random, JsonNode document) {
    this.random = random;
    this.document = document;
  }

  <T> T one(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  boolean chance(double share) {
    return random.nextDouble() < share;
  }

  int number(int bound) {
    return random.nextInt(bound);
  }

  String text() {
    return one(TEXTS);
  }

  private JsonNode anything(int depth) {
    return switch (random.nextInt(depth > 3 ? 4 : 6)) {
      case 0 -> JSON.nullNode();
      case 1 -> JSON.booleanNode(random.nextBoolean());
      case 2 -> JSON.numberNode(one(NUMBERS));
      case 3 -> JSON.stringNode(text());
      case 4 -> {
        ArrayNode list = JSON.arrayNode();
        for (int at = random.nextInt(4); at > 0; at--) {
          list.add(anything(depth + 1));
        }
        yield list;
      }
      default -> {
        ObjectNode object = JSON.objectNode();
        for (int at = random.nextInt(4); at > 0; at--) {
          object.set(text(), anything(depth + 1));
        }
        yield object;
      }
    };
  }

  /** Mostly of this schema. */
  JsonNode of(JsonNode reference, int depth) {
    JsonNode schema =
        reference.has("$ref")
            ? document.at(reference.get("$ref").asString().substring(1))
            : reference;
    if (chance(0.06) || depth > 6) {
      return anything(depth);
    }
    if (schema.has("anyOf")) {
      return of(schema.get("anyOf").get(0), depth + 1);
    }
    return switch (schema.path("type").asString("")) {
      case "object" -> object(schema, depth);
      case "array" -> {
        ArrayNode list = JSON.arrayNode();
        for (int at = random.nextInt(4); at > 0; at--) {
          list.add(of(schema.path("items"), depth + 1));
        }
        yield list;
      }
      case "integer", "number" -> JSON.numberNode(one(NUMBERS));
      case "boolean" -> JSON.booleanNode(random.nextBoolean());
      case "string" -> JSON.stringNode(text());
      default -> anything(depth);
    };
  }

  private ObjectNode object(JsonNode schema, int depth) {
    ObjectNode object = JSON.objectNode();
    if (!schema.has("properties")) {
      for (int at = random.nextInt(3); at > 0; at--) {
        object.set(text(), of(schema.path("additionalProperties"), depth + 1));
      }
      return object;
    }
    // Of many fields one is almost always wrong: some bodies have few, so that some are right.
    double share = chance(0.3) ? 0.05 : 0.35;
    for (var property : schema.path("properties").properties()) {
      String usual = NEEDED.get(property.getKey());
      if (usual != null && chance(0.8)) {
        object.put(property.getKey(), usual);
      } else if (chance(share)) {
        object.set(property.getKey(), of(property.getValue(), depth + 1));
      }
    }
    if (chance(0.05)) {
      object.set(text(), anything(depth + 1));
    }
    return object;
  }
}
