package dev.visco.compatible;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The allowed fields of a JSON object and their kinds. Refuses everything that Firecracker refuses
 * while it parses a body, in the order of the text.
 *
 * @param strict whether other fields are refused; otherwise they are ignored
 */
record Shape(List<Field> fields, boolean strict) {
  Shape {
    fields = List.copyOf(fields);
  }

  static Shape of(Field... fields) {
    return new Shape(List.of(fields), true);
  }

  /** The same shape, but other fields are ignored. */
  Shape lenient() {
    return new Shape(fields, false);
  }

  /** The same shape with more fields at its end. */
  Shape with(Field... more) {
    var all = new ArrayList<>(fields);
    all.addAll(List.of(more));
    return new Shape(all, strict);
  }

  /** Whether a field is required, may be missing or null, or may be missing but not null. */
  enum Need {
    REQUIRED,
    OPTIONAL,
    DEFAULTED
  }

  record Field(String name, ShapeKind kind, Need need) {}

  static Field required(String name, ShapeKind kind) {
    return new Field(name, kind, Need.REQUIRED);
  }

  static Field optional(String name, ShapeKind kind) {
    return new Field(name, kind, Need.OPTIONAL);
  }

  static Field defaulted(String name, ShapeKind kind) {
    return new Field(name, kind, Need.DEFAULTED);
  }

  /** The kind of a field's value. */
  sealed interface ShapeKind {
    ShapeKind TEXT = new AnyText();
    ShapeKind FLAG = new AnyFlag();
    ShapeKind ANYTHING = new Anything();
    ShapeKind ADDRESS =
        new Matching(
            Pattern.compile("((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(?!$)|$)){4}"),
            "an IPv4 address");
    ShapeKind MAC =
        new Matching(
            Pattern.compile("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}"),
            "a MAC address like 06:00:ac:10:00:02");

    record AnyText() implements ShapeKind {}

    record AnyFlag() implements ShapeKind {}

    record Anything() implements ShapeKind {}

    /** An unsigned integer of at most {@code bits} bits. */
    record Unsigned(int bits) implements ShapeKind {}

    record OneOf(List<String> names, boolean anyCase) implements ShapeKind {}

    record Matching(Pattern pattern, String what) implements ShapeKind {}

    record Inner(Shape shape) implements ShapeKind {}

    record Many(ShapeKind each) implements ShapeKind {}

    static ShapeKind bits(int bits) {
      return new Unsigned(bits);
    }

    static ShapeKind oneOf(String... names) {
      return new OneOf(List.of(names), false);
    }
  }

  /** Reads a value, which must have this shape. */
  Body read(JsonValue value) throws Fault {
    return switch (value) {
      case JsonValue.Members(List<JsonValue.Member> members) -> read(members);
      // Firecracker accepts a list instead of an object, with the values in the order of the
      // fields.
      case JsonValue.Items(List<JsonValue> values) -> read(named(values));
      case JsonValue.Nothing() -> throw notAnObject("null");
      case JsonValue.Flag(boolean flag) -> throw notAnObject(Boolean.toString(flag));
      case JsonValue.Numeral(String text) -> throw notAnObject("`" + text + "`");
      case JsonValue.JsonText(String text) -> throw notAnObject("\"" + text + "\"");
    };
  }

  private Fault notAnObject(String what) {
    return new Fault("An object with %s was expected, not %s.".formatted(names(), what));
  }

  private List<JsonValue.Member> named(List<JsonValue> values) throws Fault {
    long min = fields.stream().filter(field -> field.need() == Need.REQUIRED).count();
    if (values.size() < min || values.size() > fields.size()) {
      throw new Fault(
          "A list of %d stands for an object with %d fields (%s)."
              .formatted(values.size(), fields.size(), names()));
    }
    var members = new ArrayList<JsonValue.Member>();
    for (int i = 0; i < values.size(); i++) {
      members.add(new JsonValue.Member(fields.get(i).name(), values.get(i)));
    }
    return members;
  }

  private Body read(List<JsonValue.Member> members) throws Fault {
    Map<String, Object> read = new LinkedHashMap<>();
    Map<String, Boolean> seen = new LinkedHashMap<>();
    for (JsonValue.Member member : members) {
      Optional<Field> field =
          fields.stream().filter(each -> each.name().equals(member.name())).findFirst();
      if (field.isEmpty()) {
        if (strict) {
          throw new Fault(
              "There is no field `%s` here; there are %s.".formatted(member.name(), names()));
        }
        continue;
      }
      if (seen.put(member.name(), true) != null) {
        throw new Fault("The field `%s` stands there twice.".formatted(member.name()));
      }
      if (field.get().need() == Need.OPTIONAL && member.value() instanceof JsonValue.Nothing) {
        continue;
      }
      read.put(member.name(), value(field.get().kind(), member.name(), member.value()));
    }
    for (Field field : fields) {
      if (field.need() == Need.REQUIRED && !seen.containsKey(field.name())) {
        throw new Fault("The field `%s` is missing.".formatted(field.name()));
      }
    }
    return new Body(read);
  }

  private String names() {
    return fields.stream().map(field -> "`" + field.name() + "`").collect(Collectors.joining(", "));
  }

  private static Object value(ShapeKind kind, String name, JsonValue value) throws Fault {
    return switch (kind) {
      case ShapeKind.Anything() -> value;
      case ShapeKind.AnyText() -> text(name, value);
      case ShapeKind.AnyFlag() -> {
        if (value instanceof JsonValue.Flag(boolean flag)) {
          yield flag;
        }
        throw other(name, "true or false", value);
      }
      case ShapeKind.Unsigned(int bits) -> number(name, bits, value);
      case ShapeKind.OneOf one -> oneOf(name, one, text(name, value));
      case ShapeKind.Matching(Pattern pattern, String what) -> {
        String text = text(name, value);
        if (!pattern.matcher(text).matches()) {
          throw other(name, what, value);
        }
        yield text;
      }
      case ShapeKind.Inner(Shape shape) -> {
        try {
          yield shape.read(value);
        } catch (Fault fault) {
          throw fault.in("In `" + name + "`");
        }
      }
      case ShapeKind.Many(ShapeKind each) -> {
        if (!(value instanceof JsonValue.Items(List<JsonValue> values))) {
          throw other(name, "a list", value);
        }
        var all = new ArrayList<>();
        for (JsonValue one : values) {
          all.add(value(each, name, one));
        }
        yield all;
      }
    };
  }

  private static String text(String name, JsonValue value) throws Fault {
    if (value instanceof JsonValue.JsonText(String text)) {
      return text;
    }
    throw other(name, "a string", value);
  }

  private static String oneOf(String name, ShapeKind.OneOf kind, String text) throws Fault {
    String given = kind.anyCase() ? text.toLowerCase(Locale.ROOT) : text;
    if (!kind.names().contains(given)) {
      throw new Fault(
          "The field `%s` is one of %s, not `%s`."
              .formatted(
                  name,
                  kind.names().stream()
                      .map(each -> "`" + each + "`")
                      .collect(Collectors.joining(", ")),
                  text));
    }
    return given;
  }

  private static Object number(String name, int bits, JsonValue value) throws Fault {
    BigInteger max = BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE);
    if (value instanceof JsonValue.Numeral numeral && numeral.whole()) {
      var number = new BigInteger(numeral.text());
      if (number.signum() >= 0 && number.compareTo(max) <= 0) {
        return number.longValue();
      }
    }
    throw other(name, "a whole number of 0 to " + max + " (u" + bits + ")", value);
  }

  private static Fault other(String name, String expected, JsonValue value) {
    String given =
        switch (value) {
          case JsonValue.Members members -> "an object";
          case JsonValue.Items items -> "a list";
          case JsonValue.JsonText(String text) -> "\"" + text + "\"";
          case JsonValue.Numeral(String text) -> "`" + text + "`";
          case JsonValue.Flag flag -> "`" + flag.value() + "`";
          case JsonValue.Nothing() -> "null";
        };
    return new Fault("The field `%s` must be %s, not %s.".formatted(name, expected, given));
  }
}
