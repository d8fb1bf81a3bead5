package dev.visco.client;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON (RFC 8259) as maps, lists, strings, numbers ({@code Long} or {@code Double}), booleans and
 * null.
 */
final class Json {
  private static final int MAX_DEPTH = 200;
  private final String text;
  private int at;
  private int depth;

  private Json(String text) {
    this.text = text;
  }

  /** Reads one value. */
  static Object read(String text) {
    var json = new Json(text);
    Object value = json.value();
    json.skipBlanks();
    if (json.at < text.length()) {
      throw json.fault("the end was expected");
    }
    return value;
  }

  private ViscoConnectionException fault(String why) {
    return new ViscoConnectionException("The answer is no JSON: " + why + " at " + at, null);
  }

  private void skipBlanks() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private char next() {
    if (at >= text.length()) {
      throw fault("it ends");
    }
    return text.charAt(at++);
  }

  private Object value() {
    skipBlanks();
    char first = next();
    switch (first) {
      case '{':
        return object();
      case '[':
        return array();
      case '"':
        return string();
      case 't':
        return word("true", Boolean.TRUE);
      case 'f':
        return word("false", Boolean.FALSE);
      case 'n':
        return word("null", null);
      default:
        return number();
    }
  }

  private Object word(String word, Object value) {
    if (!text.startsWith(word, at - 1)) {
      throw fault(word + " was expected");
    }
    at += word.length() - 1;
    return value;
  }

  private Object number() {
    int begin = at - 1;
    while (at < text.length() && "+-0123456789.eE".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    String number = text.substring(begin, at);
    try {
      if (number.matches("-?\\d{1,18}")) {
        return Long.valueOf(number);
      }
      return Double.valueOf(number);
    } catch (NumberFormatException e) {
      throw fault("a value was expected");
    }
  }

  private void enter() {
    if (++depth > MAX_DEPTH) {
      throw fault("it is too deep");
    }
  }

  private Map<String, Object> object() {
    enter();
    var object = new LinkedHashMap<String, Object>();
    skipBlanks();
    if (text.startsWith("}", at)) {
      at++;
      depth--;
      return object;
    }
    while (true) {
      skipBlanks();
      if (next() != '"') {
        throw fault("a name was expected");
      }
      String name = string();
      skipBlanks();
      if (next() != ':') {
        throw fault("a colon was expected");
      }
      object.put(name, value());
      if (isLast('}')) {
        return object;
      }
    }
  }

  private List<Object> array() {
    enter();
    var array = new ArrayList<Object>();
    skipBlanks();
    if (text.startsWith("]", at)) {
      at++;
      depth--;
      return array;
    }
    while (true) {
      array.add(value());
      if (isLast(']')) {
        return array;
      }
    }
  }

  private boolean isLast(char end) {
    skipBlanks();
    char next = next();
    if (next == end) {
      depth--;
      return true;
    } else if (next == ',') {
      return false;
    }
    throw fault("a comma was expected");
  }

  private String string() {
    var string = new StringBuilder();
    while (true) {
      char letter = next();
      if (letter == '"') {
        return string.toString();
      }
      string.append(letter == '\\' ? escaped() : letter);
    }
  }

  private char escaped() {
    char letter = next();
    int plain = "\"\\/".indexOf(letter);
    int control = "bfnrt".indexOf(letter);
    if (plain >= 0) {
      return letter;
    } else if (control >= 0) {
      return "\b\f\n\r\t".charAt(control);
    } else if (letter == 'u' && at + 4 <= text.length()) {
      at += 4;
      try {
        return (char) Integer.parseInt(text.substring(at - 4, at), 16);
      } catch (NumberFormatException e) {
        throw fault("four digits were expected");
      }
    }
    throw fault("an escape is not known");
  }

  /** Writes what {@link #read} reads. */
  static String write(Object value) {
    var out = new StringBuilder();
    write(value, out);
    return out.toString();
  }

  private static void write(Object value, StringBuilder out) {
    if (value instanceof Map<?, ?> map) {
      out.append('{');
      String comma = "";
      for (Map.Entry<?, ?> one : map.entrySet()) {
        out.append(comma);
        quote(String.valueOf(one.getKey()), out);
        out.append(':');
        write(one.getValue(), out);
        comma = ",";
      }
      out.append('}');
    } else if (value instanceof Collection<?> list) {
      out.append('[');
      String comma = "";
      for (Object one : list) {
        out.append(comma);
        write(one, out);
        comma = ",";
      }
      out.append(']');
    } else if (value == null || value instanceof Number || value instanceof Boolean) {
      out.append(value);
    } else {
      quote(value.toString(), out);
    }
  }

  private static void quote(String text, StringBuilder out) {
    out.append('"');
    for (int at = 0; at < text.length(); at++) {
      char letter = text.charAt(at);
      if (letter == '"' || letter == '\\') {
        out.append('\\').append(letter);
      } else if (letter < ' ') {
        out.append(String.format("\\u%04x", (int) letter));
      } else {
        out.append(letter);
      }
    }
    out.append('"');
  }
}
