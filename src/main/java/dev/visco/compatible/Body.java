package dev.visco.compatible;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A JSON object read by a {@link Shape}: its present fields, each of the shape's kind. */
record Body(Map<String, Object> values) {
  Body {
    values = Map.copyOf(values);
  }

  boolean isEmpty() {
    return values.isEmpty();
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  /** The value of a field that the shape requires. */
  String text(String name) {
    return (String) required(name);
  }

  Optional<String> findText(String name) {
    return Optional.ofNullable((String) values.get(name));
  }

  /** The number of a field that the shape requires; a u64 above 2^63-1 is negative. */
  long number(String name) {
    return (Long) required(name);
  }

  Optional<Long> findNumber(String name) {
    return Optional.ofNullable((Long) values.get(name));
  }

  /** The value of a flag; false when it is missing. */
  boolean flag(String name) {
    return Boolean.TRUE.equals(values.get(name));
  }

  Optional<Boolean> findFlag(String name) {
    return Optional.ofNullable((Boolean) values.get(name));
  }

  Optional<Body> findInner(String name) {
    return Optional.ofNullable((Body) values.get(name));
  }

  Body inner(String name) {
    return (Body) required(name);
  }

  Optional<JsonValue> findAnything(String name) {
    return Optional.ofNullable((JsonValue) values.get(name));
  }

  List<String> texts(String name) {
    return list(name).stream().map(String.class::cast).toList();
  }

  List<Body> inners(String name) {
    return list(name).stream().map(Body.class::cast).toList();
  }

  private List<?> list(String name) {
    return (List<?>) values.getOrDefault(name, List.of());
  }

  private Object required(String name) {
    return Objects.requireNonNull(values.get(name), name);
  }
}
