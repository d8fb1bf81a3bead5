package dev.visco.api.openapi;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.visco.wire.Json;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON schemas (2020-12) of records, as {@link Json} writes and reads them. A library would have to
 * be told of every type of the model that is written as a text, and of what may be null; there is
 * little else in records.
 */
final class JsonSchemas {
  private static final String PLACE = "#/components/schemas/";
  private static final Map<Class<?>, String> NUMBERS =
      Map.of(
          int.class, "int32",
          Integer.class, "int32",
          long.class, "int64",
          Long.class, "int64",
          double.class, "double",
          Double.class, "double");

  private final Map<String, ObjectNode> named = new TreeMap<>();

  private static ObjectNode node() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static ObjectNode ofType(String type) {
    return node().put("type", type);
  }

  /** The schemas that others refer to, by name. */
  ObjectNode named() {
    ObjectNode all = node();
    named.forEach(all::set);
    return all;
  }

  /** The schema of a type, or a reference to it. */
  ObjectNode of(Type type) {
    if (type instanceof ParameterizedType generic) {
      return ofGeneric(generic);
    }
    if (!(type instanceof Class<?> plain)) {
      return node(); // Anything.
    }
    String format = NUMBERS.get(plain);
    if (format != null) {
      return ofType(format.startsWith("int") ? "integer" : "number").put("format", format);
    } else if (plain == boolean.class || plain == Boolean.class) {
      return ofType("boolean");
    } else if (plain == Instant.class) {
      return ofType("string").put("format", "date-time");
    } else if (plain == String.class || plain == Path.class || Json.isWord(plain)) {
      return ofType("string");
    } else if (plain == byte[].class) {
      return ofType("string").put("contentEncoding", "base64");
    } else if (plain.isEnum()) {
      ObjectNode words = ofType("string");
      ArrayNode all = words.putArray("enum");
      for (Object constant : plain.getEnumConstants()) {
        all.add(Json.mapper().valueToTree(constant));
      }
      return words;
    } else if (plain == Object.class) {
      return node();
    }
    return value(plain).map(this::of).orElseGet(() -> reference(plain));
  }

  /** What is written in place of the record, if it says so. */
  private static Optional<Type> value(Class<?> type) {
    return Stream.of(type.getDeclaredMethods())
        .filter(method -> method.isAnnotationPresent(JsonValue.class))
        .map(Method::getGenericReturnType)
        .findFirst();
  }

  private ObjectNode ofGeneric(ParameterizedType generic) {
    Class<?> raw = (Class<?>) generic.getRawType();
    Type[] arguments = generic.getActualTypeArguments();
    if (Collection.class.isAssignableFrom(raw)) {
      ObjectNode list = ofType("array");
      list.set("items", of(arguments[0]));
      return list;
    }
    if (Map.class.isAssignableFrom(raw)) {
      ObjectNode map = ofType("object");
      map.set("additionalProperties", of(arguments[1]));
      return map;
    }
    throw new IllegalArgumentException(generic + ": say here how it is written");
  }

  private ObjectNode reference(Class<?> type) {
    String name = type.getSimpleName();
    if (!named.containsKey(name)) {
      named.put(name, node()); // It may refer to itself.
      named.put(name, type.isRecord() ? record(type) : alternatives(type));
    }
    return node().put("$ref", PLACE + name);
  }

  private ObjectNode record(Class<?> type) {
    ObjectNode schema = ofType("object");
    boolean leavesOut = leavesOutNull(type);
    ObjectNode properties = node();
    ArrayNode required = JsonNodeFactory.instance.arrayNode();
    for (RecordComponent component : type.getRecordComponents()) {
      if (component.getAccessor().isAnnotationPresent(JsonUnwrapped.class)) {
        unwrap(record(component.getType()), properties, required);
        continue;
      }
      boolean mayBeNull = mayBeNull(component);
      ObjectNode property = of(component.getGenericType());
      properties.set(component.getName(), mayBeNull && !leavesOut ? orNull(property) : property);
      if (!mayBeNull || !leavesOut) {
        required.add(component.getName());
      }
    }
    for (Method method : type.getMethods()) {
      String name = getter(method);
      if (!name.isEmpty() && !properties.has(name) && !properties.has(method.getName())) {
        properties.set(name, of(method.getGenericReturnType()));
        required.add(name);
      }
    }
    schema.set("properties", properties);
    if (!required.isEmpty()) {
      schema.set("required", required);
    }
    return schema;
  }

  private static void unwrap(ObjectNode inner, ObjectNode properties, ArrayNode required) {
    inner
        .path("properties")
        .properties()
        .forEach(one -> properties.set(one.getKey(), one.getValue()));
    inner.path("required").forEach(required::add);
  }

  /** The property that a method of a record adds to those of its components; empty for none. */
  private static String getter(Method method) {
    boolean isOne =
        method.getName().matches("is[A-Z].*")
            && method.getReturnType() == boolean.class
            && method.getParameterCount() == 0
            && !method.isAnnotationPresent(JsonIgnore.class);
    return isOne
        ? method.getName().substring(2, 3).toLowerCase(Locale.ROOT) + method.getName().substring(3)
        : "";
  }

  private static boolean leavesOutNull(Class<?> type) {
    JsonInclude include = type.getAnnotation(JsonInclude.class);
    return include != null && include.value() != JsonInclude.Include.ALWAYS;
  }

  private static boolean mayBeNull(RecordComponent component) {
    AnnotatedElement type = component.getAnnotatedType();
    return type.isAnnotationPresent(Nullable.class);
  }

  private static ObjectNode orNull(ObjectNode schema) {
    ObjectNode either = node();
    either.putArray("anyOf").add(schema).add(ofType("null"));
    return either;
  }

  /** One of several records, which a property tells apart. */
  private ObjectNode alternatives(Class<?> type) {
    Class<?> mixIn = Json.mapper().serializationConfig().findMixInClassFor(type);
    Class<?> annotated = mixIn == null ? type : mixIn;
    JsonTypeInfo info = annotated.getAnnotation(JsonTypeInfo.class);
    JsonSubTypes types = annotated.getAnnotation(JsonSubTypes.class);
    if (info == null || types == null) {
      throw new IllegalArgumentException(type + ": say here how it is written");
    }
    ObjectNode schema = node();
    ArrayNode all = schema.putArray("oneOf");
    for (JsonSubTypes.Type one : types.value()) {
      ObjectNode alternative = record(one.value());
      ObjectNode properties = (ObjectNode) alternative.path("properties");
      properties.putObject(info.property()).put("const", one.name());
      ArrayNode required =
          alternative.has("required")
              ? (ArrayNode) alternative.path("required")
              : alternative.putArray("required");
      required.add(info.property());
      all.add(alternative);
    }
    return schema;
  }

  /** The schema of a body: what may be left out may be, and nothing else may be in it. */
  ObjectNode body(Class<?> type) {
    ObjectNode reference = reference(type);
    ObjectNode schema = named.get(type.getSimpleName());
    if (schema != null && type.isRecord()) {
      for (RecordComponent component : type.getRecordComponents()) {
        if (mayBeNull(component)) {
          ArrayNode required = (ArrayNode) schema.withArray("required");
          for (int at = required.size() - 1; at >= 0; at--) {
            if (required.get(at).asString().equals(component.getName())) {
              required.remove(at);
            }
          }
        }
      }
      if (schema.withArray("required").isEmpty()) {
        schema.remove("required");
      }
      schema.put("additionalProperties", false);
    }
    return reference;
  }
}
