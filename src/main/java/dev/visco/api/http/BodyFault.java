package dev.visco.api.http;

import java.util.Collection;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/**
 * Describes a malformed body in terms of JSON. The parser's own messages name classes of this
 * program, which callers cannot use.
 */
final class BodyFault {
  private static final int MAX_SHOWN = 80;

  private BodyFault() {}

  /** The field at fault; {@code body} for the whole body. */
  static String field(JacksonException e) {
    if (e instanceof DatabindException databind && !databind.getPath().isEmpty()) {
      for (var part : databind.getPath().reversed()) {
        if (part.getPropertyName() != null) {
          return part.getPropertyName();
        }
      }
    }
    if (e instanceof InputCoercionException && e.processor() instanceof JsonParser parser) {
      String name = parser.currentName();
      return name == null ? "body" : name;
    }
    return "body";
  }

  /** What is wrong, as a sentence without its final period. */
  static String detail(JacksonException e) {
    String said =
        switch (e) {
          case UnrecognizedPropertyException unknown -> "not a known field";
          case InvalidFormatException value ->
              "\"" + shown(value.getValue()) + "\" is not " + expected(value.getTargetType());
          case MismatchedInputException value -> "not " + expected(value.getTargetType());
          case InputCoercionException value -> "the number is out of range";
          case StreamReadException syntax -> syntax(syntax);
          default -> "cannot be read";
        };
    return field(e) + ": " + said;
  }

  static String remedy(JacksonException e) {
    return e instanceof UnrecognizedPropertyException unknown
            && unknown.getKnownPropertyIds() != null
        ? "Known are " + names(unknown.getKnownPropertyIds()) + "."
        : "Send JSON with a value of the right type.";
  }

  private static String names(Collection<Object> known) {
    var names = new TreeSet<String>();
    known.forEach(name -> names.add(name.toString()));
    return String.join(", ", names);
  }

  /** The parser's message, without its description of the source. */
  private static String syntax(StreamReadException e) {
    String said = e.getOriginalMessage() + "";
    String text =
        said.replaceAll("\\s*[(\\[][^()\\[\\]]*(Source|parser|start marker)[^\\n]*", "").strip();
    var at = e.getLocation();
    return at == null || at.getLineNr() < 1
        ? text
        : text + " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
  }

  private static String expected(@Nullable Class<?> type) {
    if (type == null) {
      return "what belongs here";
    } else if (type == Boolean.class || type == boolean.class) {
      return "true or false";
    } else if (type == Integer.class || type == int.class || type == Long.class) {
      return "a whole number";
    } else if (Number.class.isAssignableFrom(type) || type.isPrimitive()) {
      return "a number";
    } else if (Collection.class.isAssignableFrom(type) || type.isArray()) {
      return "a list";
    } else if (Map.class.isAssignableFrom(type) || type.isRecord()) {
      return "an object";
    } else {
      return "text";
    }
  }

  private static String shown(@Nullable Object value) {
    String text = value + "";
    return text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "…" : text;
  }
}
