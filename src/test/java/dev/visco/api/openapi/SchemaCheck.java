package dev.visco.api.openapi;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Whether a value fits a schema of the API's description. What the description does not name must
 * not be there: an answer with a field more is described too little.
 */
final class SchemaCheck {
  private final JsonNode document;

  SchemaCheck(JsonNode document) {
    this.document = document;
  }

  /** What does not fit; empty when all does. */
  List<String> of(JsonNode schema, JsonNode value) {
    var wrong = new ArrayList<String>();
    check(schema, value, "", wrong);
    return wrong;
  }

  private JsonNode resolved(JsonNode schema) {
    JsonNode one = schema;
    while (one.has("$ref")) {
      one = document.at(one.get("$ref").asString().substring(1));
      if (one.isMissingNode()) {
        throw new AssertionError("no " + schema);
      }
    }
    return one;
  }

  private void check(JsonNode reference, JsonNode value, String place, List<String> wrong) {
    JsonNode schema = resolved(reference);
    for (String kind : List.of("anyOf", "oneOf")) {
      if (schema.has(kind)) {
        alternatives(schema.get(kind), value, place, wrong);
        return;
      }
    }
    if (schema.has("const") && !schema.get("const").equals(value)) {
      wrong.add(place + " is " + value + " and not " + schema.get("const"));
    }
    if (schema.has("enum") && schema.get("enum").valueStream().noneMatch(value::equals)) {
      wrong.add(place + " is " + value + " and none of " + schema.get("enum"));
    }
    if (schema.has("type") && !isOf(schema.get("type"), value)) {
      wrong.add(place + " is " + value.getNodeType() + " and not " + schema.get("type"));
    } else if (value.isArray() && schema.has("items")) {
      for (int at = 0; at < value.size(); at++) {
        check(schema.get("items"), value.get(at), place + "[" + at + "]", wrong);
      }
    } else if (value.isObject()) {
      object(schema, value, place, wrong);
    }
  }

  private void alternatives(JsonNode all, JsonNode value, String place, List<String> wrong) {
    List<String> best = List.of();
    boolean isFirst = true;
    for (JsonNode one : all) {
      var found = new ArrayList<String>();
      check(one, value, place, found);
      if (isFirst || found.size() < best.size()) {
        best = found;
        isFirst = false;
      }
    }
    wrong.addAll(best);
  }

  private void object(JsonNode schema, JsonNode value, String place, List<String> wrong) {
    JsonNode properties = schema.path("properties");
    schema
        .path("required")
        .forEach(name -> {
          if (!value.has(name.asString())) {
            wrong.add(place + " has no " + name.asString());
          }
        });
    for (var property : value.properties()) {
      String name = place + "/" + property.getKey();
      if (properties.has(property.getKey())) {
        check(properties.get(property.getKey()), property.getValue(), name, wrong);
      } else if (schema.path("additionalProperties").isObject()) {
        check(schema.get("additionalProperties"), property.getValue(), name, wrong);
      } else if (schema.has("properties") || schema.has("additionalProperties")) {
        wrong.add(name + " is not described");
      }
    }
  }

  private static boolean isOf(JsonNode type, JsonNode value) {
    if (type.isArray()) {
      return type.valueStream().anyMatch(one -> isOf(one, value));
    }
    return switch (type.asString()) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isString();
      case "boolean" -> value.isBoolean();
      case "integer" -> value.isIntegralNumber();
      case "number" -> value.isNumber();
      case "null" -> value.isNull();
      default -> throw new AssertionError("unknown type " + type);
    };
  }
}
