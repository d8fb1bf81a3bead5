package dev.visco.provider;

import dev.visco.model.Refused;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Checks of texts in provider files. Each refuses by field, value and remedy. */
final class ProviderText {
  static final int MAX_TEXT = 4096;
  static final int MAX_ITEMS = 64;

  /** A label, or several with dots between; a first {@code *} stands for any label. */
  static final Pattern HOST =
      Pattern.compile("(?=.{1,253}$)(\\*\\.)?[a-z0-9]([a-z0-9-]{0,62}\\.?)+");

  /** In the user's home, or absolute; no part is {@code .} or {@code ..}. */
  static final Pattern PATH =
      Pattern.compile("(?=.{1,256}$)~?(/(?!\\.\\.?(/|$))[A-Za-z0-9._@+-]+)+");

  static final Pattern MODE = Pattern.compile("[0-7]{3}");
  static final Pattern VARIABLE = Pattern.compile("[A-Z_][A-Z0-9_]{0,63}");
  static final Pattern WORD = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");
  static final Pattern POINTER = Pattern.compile("(/[A-Za-z0-9._:@*-]{1,64}){1,8}");
  static final Pattern HEADER = Pattern.compile("[A-Za-z][A-Za-z0-9-]{0,63}");

  private ProviderText() {}

  static <T> T required(String field, @Nullable T value) {
    if (value == null) {
      throw Refused.invalid(field, "", "is missing", "Add it.");
    }
    return value;
  }

  /** Refuses what says that all went well, and what no program can end with. */
  static void exitCode(String field, int code) {
    if (code < 1 || code > 255) {
      throw Refused.invalid(field, Integer.toString(code), "is no exit code", "Give 1 to 255.");
    }
  }

  /** Text of 1 to {@value #MAX_TEXT} characters without control characters. */
  static String text(String field, @Nullable String value) {
    String text = required(field, value);
    if (text.isBlank()
        || text.length() > MAX_TEXT
        || text.chars().anyMatch(Character::isISOControl)) {
      throw Refused.invalid(
          field,
          text,
          "is no text of one line",
          "Give 1 to " + MAX_TEXT + " characters without line ends.");
    }
    return text;
  }

  static String matching(String field, @Nullable String value, Pattern form, String words) {
    String text = required(field, value);
    if (!form.matcher(text).matches()) {
      throw Refused.invalid(field, text, "is not " + words, "Give " + words + ".");
    }
    return text;
  }

  /** A copy; empty for null. */
  static <T> List<T> list(String field, @Nullable List<T> values) {
    List<T> list = values == null ? List.of() : List.copyOf(values);
    refuseTooMany(field, list);
    return list;
  }

  static List<String> hosts(String field, @Nullable List<String> values) {
    List<String> hosts = list(field, values);
    hosts.forEach(host -> matching(field, host, HOST, "a host name in lower case"));
    return hosts;
  }

  /** A program with its arguments; empty for none. */
  static List<String> command(String field, @Nullable List<String> values) {
    List<String> command = list(field, values);
    command.forEach(one -> {
      if (one.length() > MAX_TEXT || one.indexOf('\0') >= 0) {
        throw Refused.invalid(
            field, one, "is no argument", "Give at most " + MAX_TEXT + " characters, none NUL.");
      }
    });
    if (!command.isEmpty()) {
      text(field, command.getFirst());
    }
    return command;
  }

  static Map<String, String> variables(String field, @Nullable Map<String, String> values) {
    Map<String, String> variables = values == null ? Map.of() : new TreeMap<>(values);
    refuseTooMany(field, variables.keySet());
    variables.forEach((name, value) -> {
      matching(field, name, VARIABLE, "a variable's name");
      if (!value.isEmpty()) {
        text(field + "." + name, value);
      }
    });
    return Map.copyOf(variables);
  }

  static void oneOf(String field, String value, Set<String> known) {
    if (!known.contains(value)) {
      throw Refused.invalid(
          field,
          value,
          "is not known here",
          known.isEmpty() ? "Leave it out." : "Known are " + words(known) + ".");
    }
  }

  static String words(Collection<String> words) {
    return new TreeSet<>(words).stream().collect(Collectors.joining(", "));
  }

  private static void refuseTooMany(String field, Collection<?> values) {
    if (values.size() > MAX_ITEMS) {
      throw Refused.invalid(
          field, values.size() + " of them", "are too many", "Give at most " + MAX_ITEMS + ".");
    }
  }
}
