package dev.visco.api.description;

import dev.visco.model.Durations;
import dev.visco.model.Refused;
import java.util.List;

/**
 * A parameter of a route's query. Its value is checked before the route is called.
 *
 * @param words what it may be, for {@link ParameterKind#WORD} only
 * @param isRequired whether the route refuses a request without it
 * @param meaning for people, in a sentence or less
 */
public record QueryParameter(
    String name, ParameterKind kind, List<String> words, boolean isRequired, String meaning) {
  /** What a value looks like. */
  public enum ParameterKind {
    TEXT,
    /** {@code true} or {@code false}. */
    FLAG,
    /** A whole number that is not negative. */
    NUMBER,
    /** Like {@code 90s} or {@code 2m}. */
    DURATION,
    /** ISO 8601, like {@code 2026-01-31T10:00:00Z}; the route reads it. */
    TIME,
    /** One of a few words. */
    WORD
  }

  public QueryParameter {
    words = List.copyOf(words);
  }

  private static QueryParameter of(String name, ParameterKind kind, String meaning) {
    return new QueryParameter(name, kind, List.of(), false, meaning);
  }

  /** Any text; the route refuses what it cannot read. */
  public static QueryParameter text(String name, String meaning) {
    return of(name, ParameterKind.TEXT, meaning);
  }

  /** {@code true} or {@code false}; false when it is left out. */
  public static QueryParameter flag(String name, String meaning) {
    return of(name, ParameterKind.FLAG, meaning);
  }

  /** A whole number that is not negative. */
  public static QueryParameter number(String name, String meaning) {
    return of(name, ParameterKind.NUMBER, meaning);
  }

  /** A duration like {@code 90s} or {@code 2m}. */
  public static QueryParameter duration(String name, String meaning) {
    return of(name, ParameterKind.DURATION, meaning);
  }

  /** A time in ISO 8601. */
  public static QueryParameter time(String name, String meaning) {
    return of(name, ParameterKind.TIME, meaning);
  }

  /** One of these words. */
  public static QueryParameter word(String name, String meaning, String... words) {
    return new QueryParameter(name, ParameterKind.WORD, List.of(words), false, meaning);
  }

  /** The same for one that must be given. */
  public QueryParameter required() {
    return new QueryParameter(name, kind, words, true, meaning);
  }

  /** Refuses a value that is none of its kind. An empty one counts as left out, but for a flag. */
  public void check(String value) {
    switch (kind) {
      case TEXT, TIME -> {}
      case FLAG -> {
        if (!value.equals("true") && !value.equals("false")) {
          throw Refused.invalid(
              name, value, "is neither true nor false", "Give one of them, or leave it out.");
        }
      }
      case NUMBER -> {
        if (!value.matches("\\d{0,18}")) {
          throw Refused.invalid(name, value, "is not a whole number", "Give one, or leave it out.");
        }
      }
      case DURATION -> Durations.of(name, value);
      case WORD -> {
        if (!value.isEmpty() && !words.contains(value)) {
          throw Refused.invalid(
              name,
              value,
              "is not known here",
              "Give " + String.join(" or ", words) + ", or leave it out.");
        }
      }
    }
  }
}
