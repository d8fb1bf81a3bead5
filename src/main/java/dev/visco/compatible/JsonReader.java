package dev.visco.compatible;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A strict reader of JSON (RFC 8259) that reports the position of errors. */
final class JsonReader {
  /** The maximum nesting, as in Firecracker's reader; it prevents a stack overflow. */
  private static final int MAX_DEPTH = 128;

  private final String text;
  private int at;
  private int depth;

  private JsonReader(String text) {
    this.text = text;
  }

  /** Reads one value; refuses anything after it. */
  static JsonValue read(byte[] bytes) throws Fault {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new Fault("The JSON body is not UTF-8.");
    }
    var reader = new JsonReader(text);
    JsonValue value = reader.value();
    reader.skipSpace();
    if (reader.at < text.length()) {
      throw reader.wrong("something follows the end of the value");
    }
    return value;
  }

  private JsonValue value() throws Fault {
    skipSpace();
    return switch (peek()) {
      case '{' -> members();
      case '[' -> items();
      case '"' -> new JsonValue.JsonText(string());
      case 't' -> word("true", new JsonValue.Flag(true));
      case 'f' -> word("false", new JsonValue.Flag(false));
      case 'n' -> word("null", JsonValue.NULL);
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> numeral();
      default -> throw wrong("a value was expected");
    };
  }

  private JsonValue members() throws Fault {
    enter();
    List<JsonValue.Member> members = new ArrayList<>();
    if (next('}')) {
      return leave(new JsonValue.Members(members));
    }
    do {
      skipSpace();
      if (peek() != '"') {
        throw wrong("a name in double quotes was expected");
      }
      String name = string();
      if (!next(':')) {
        throw wrong("`:` was expected");
      }
      members.add(new JsonValue.Member(name, value()));
    } while (next(','));
    if (!next('}')) {
      throw wrong("`,` or `}` was expected");
    }
    return leave(new JsonValue.Members(members));
  }

  private JsonValue items() throws Fault {
    enter();
    List<JsonValue> values = new ArrayList<>();
    if (next(']')) {
      return leave(new JsonValue.Items(values));
    }
    do {
      values.add(value());
    } while (next(','));
    if (!next(']')) {
      throw wrong("`,` or `]` was expected");
    }
    return leave(new JsonValue.Items(values));
  }

  private void enter() throws Fault {
    if (++depth > MAX_DEPTH) {
      throw wrong("it is nested deeper than " + MAX_DEPTH + " levels");
    }
    at++;
  }

  private JsonValue leave(JsonValue value) {
    depth--;
    return value;
  }

  private JsonValue word(String word, JsonValue value) throws Fault {
    if (!text.startsWith(word, at)) {
      throw wrong("a value was expected");
    }
    at += word.length();
    return value;
  }

  private JsonValue numeral() throws Fault {
    int start = at;
    take('-');
    if (!take('0')) {
      digits();
    }
    if (take('.')) {
      digits();
    }
    if (take('e') || take('E')) {
      if (!take('+')) {
        take('-');
      }
      digits();
    }
    return new JsonValue.Numeral(text.substring(start, at));
  }

  private void digits() throws Fault {
    int start = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    if (at == start) {
      throw wrong("a digit was expected");
    }
  }

  private String string() throws Fault {
    at++;
    var out = new StringBuilder();
    while (true) {
      char c = peek();
      at++;
      if (c == '"') {
        return out.toString();
      } else if (c == '\\') {
        escaped(out);
      } else if (c < 0x20) {
        at--;
        throw wrong("a control character stands in a string");
      } else {
        out.append(c);
      }
    }
  }

  private void escaped(StringBuilder out) throws Fault {
    char c = peek();
    at++;
    switch (c) {
      case '"', '\\', '/' -> out.append(c);
      case 'n' -> out.append('\n');
      case 't' -> out.append('\t');
      case 'r' -> out.append('\r');
      case 'b' -> out.append('\b');
      case 'f' -> out.append('\f');
      case 'u' -> unicode(out);
      default -> throw wrong("there is no escape \\" + c);
    }
  }

  /** Reads an escaped character; one above U+FFFF is two consecutive escapes (surrogates). */
  private void unicode(StringBuilder out) throws Fault {
    char first = unit();
    out.append(first);
    if (Character.isHighSurrogate(first)) {
      if (!text.startsWith("\\u", at)) {
        throw wrong("half a character is escaped");
      }
      at += 2;
      char second = unit();
      if (!Character.isLowSurrogate(second)) {
        throw wrong("half a character is escaped");
      }
      out.append(second);
    } else if (Character.isLowSurrogate(first)) {
      throw wrong("half a character is escaped");
    }
  }

  private char unit() throws Fault {
    if (at + 4 > text.length()
        || !text.substring(at, at + 4).chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
      throw wrong("four hexadecimal digits were expected");
    }
    at += 4;
    return (char) Integer.parseInt(text.substring(at - 4, at), 16);
  }

  private boolean next(char c) throws Fault {
    skipSpace();
    if (at >= text.length()) {
      throw wrong("the text ends too early");
    }
    return take(c);
  }

  private boolean take(char c) {
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private char peek() throws Fault {
    if (at >= text.length()) {
      throw wrong("the text ends too early");
    }
    return text.charAt(at);
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private Fault wrong(String what) {
    String before = text.substring(0, Math.min(at, text.length()));
    long line = before.chars().filter(c -> c == '\n').count() + 1;
    int column = before.length() - before.lastIndexOf('\n');
    return new Fault("The body is not JSON: %s, line %d, column %d.".formatted(what, line, column));
  }
}
