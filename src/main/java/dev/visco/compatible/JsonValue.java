package dev.visco.compatible;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * JSON as sent by Firecracker's clients. It distinguishes integers from other numbers and keeps
 * duplicate members, as Firecracker does. An object mapper does neither, and takes too long to
 * load.
 */
sealed interface JsonValue {
  JsonValue NULL = new Nothing();

  record Nothing() implements JsonValue {}

  record Flag(boolean value) implements JsonValue {}

  /**
   * @param text as it was written
   */
  record Numeral(String text) implements JsonValue {
    boolean whole() {
      return text.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'));
    }
  }

  record JsonText(String value) implements JsonValue {}

  record Items(List<JsonValue> values) implements JsonValue {
    public Items {
      values = List.copyOf(values);
    }
  }

  record Members(List<Member> members) implements JsonValue {
    public Members {
      members = List.copyOf(members);
    }

    /** The last member of that name, which is the valid one. */
    Optional<JsonValue> find(String name) {
      return members.reversed().stream()
          .filter(member -> member.name().equals(name))
          .map(Member::value)
          .findFirst();
    }
  }

  record Member(String name, JsonValue value) {}

  static JsonValue of(boolean value) {
    return new Flag(value);
  }

  static JsonValue of(long value) {
    return new Numeral(Long.toString(value));
  }

  static JsonValue of(String value) {
    return new JsonText(value);
  }

  /** Members in the order in which they are added. */
  final class Builder {
    private final List<Member> members = new ArrayList<>();

    Builder add(String name, JsonValue value) {
      members.add(new Member(name, value));
      return this;
    }

    Builder add(String name, String value) {
      return add(name, of(value));
    }

    Builder add(String name, long value) {
      return add(name, of(value));
    }

    Builder add(String name, boolean value) {
      return add(name, of(value));
    }

    /** Adds a value, or null when it is empty. */
    Builder addOrNull(String name, Optional<? extends JsonValue> value) {
      return add(name, value.isPresent() ? value.get() : NULL);
    }

    Members build() {
      return new Members(members);
    }
  }

  /** The text without whitespace, as Firecracker writes it. */
  default String write() {
    var out = new StringBuilder();
    write(this, out);
    return out.toString();
  }

  private static void write(JsonValue value, StringBuilder out) {
    switch (value) {
      case Nothing() -> out.append("null");
      case Flag(boolean flag) -> out.append(flag);
      case Numeral(String text) -> out.append(text);
      case JsonText(String text) -> quote(text, out);
      case Items(List<JsonValue> values) -> {
        String between = "[";
        for (JsonValue each : values) {
          out.append(between);
          write(each, out);
          between = ",";
        }
        out.append(values.isEmpty() ? "[]" : "]");
      }
      case Members(List<Member> members) -> {
        String between = "{";
        for (Member member : members) {
          out.append(between);
          quote(member.name(), out);
          out.append(':');
          write(member.value(), out);
          between = ",";
        }
        out.append(members.isEmpty() ? "{}" : "}");
      }
    }
  }

  private static void quote(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < 0x20) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
