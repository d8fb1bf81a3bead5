package dev.visco.relay.secret;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The head of an HTTP/1 message (RFC 9112). What can be read in two ways is refused: lines that go
 * on, blanks around a field's name, control characters.
 *
 * @param start the first line
 * @param fields in their order
 */
record MessageHead(String start, List<Field> fields) {
  /** Bytes of a head. */
  static final int MAX_BYTES = 65_536;

  private static final String NAME_SIGNS = "!#$%&'*+-.^_`|~";

  /** A field; its bytes as characters of ISO 8859-1. */
  record Field(String name, String value) {
    boolean is(String other) {
      return name.equalsIgnoreCase(other);
    }
  }

  MessageHead {
    fields = List.copyOf(fields);
  }

  /**
   * Reads one; null when the stream has ended before it began.
   *
   * @param status of HTTP for whoever waits, where it is none
   */
  static @Nullable MessageHead read(InputStream in, int status) throws IOException {
    List<String> lines = lines(in, status);
    if (lines.isEmpty()) {
      return null;
    }
    var fields = new ArrayList<Field>();
    for (String line : lines.subList(1, lines.size())) {
      fields.add(field(line, status));
    }
    return new MessageHead(lines.getFirst(), fields);
  }

  /** Reads the fields behind a body in chunks. */
  static List<Field> readTrailers(InputStream in, int status) throws IOException {
    var fields = new ArrayList<Field>();
    int left = MAX_BYTES;
    for (String line = line(in, left, status); ; line = line(in, left, status)) {
      if (line == null) {
        throw new EOFException("a body broke off");
      }
      if (line.isEmpty()) {
        return fields;
      }
      left -= line.length() + 2;
      fields.add(field(line, status));
    }
  }

  private static List<String> lines(InputStream in, int status) throws IOException {
    var lines = new ArrayList<String>();
    int left = MAX_BYTES;
    while (true) {
      String line = line(in, left, status);
      if (line == null) {
        if (lines.isEmpty()) {
          return lines;
        }
        throw new EOFException("a head broke off");
      }
      left -= line.length() + 2;
      if (!line.isEmpty()) {
        lines.add(line);
      } else if (!lines.isEmpty()) {
        return lines;
      }
    }
  }

  /** A line without its end; null at the end of the stream. */
  static @Nullable String line(InputStream in, int max, int status) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int one = in.read(); one != '\n'; one = in.read()) {
      if (one < 0) {
        if (line.size() == 0) {
          return null;
        }
        throw new EOFException("a line broke off");
      }
      if (line.size() >= max) {
        throw NotPassedOn.message(status, "a head is larger than " + MAX_BYTES + " bytes");
      }
      line.write(one);
    }
    String text = line.toString(StandardCharsets.ISO_8859_1);
    text = text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    if (text.chars().anyMatch(one -> one < ' ' && one != '\t' || one == 127)) {
      throw NotPassedOn.message(status, "a head has control characters");
    }
    return text;
  }

  private static Field field(String line, int status) throws NotPassedOn {
    int colon = line.indexOf(':');
    boolean isName =
        colon > 0
            && line.substring(0, colon)
                .chars()
                .allMatch(one ->
                    one < 128 && Character.isLetterOrDigit(one) || NAME_SIGNS.indexOf(one) >= 0);
    if (!isName) {
      throw NotPassedOn.message(status, "a head has a line that is no field");
    }
    return new Field(line.substring(0, colon), line.substring(colon + 1).strip());
  }

  /** The values of a field. */
  List<String> values(String name) {
    return fields.stream().filter(field -> field.is(name)).map(Field::value).toList();
  }

  /** Whether a list of words has this one. */
  boolean has(String name, String word) {
    return values(name).stream()
        .flatMap(value -> List.of(value.split(",", -1)).stream())
        .anyMatch(one -> one.strip().equalsIgnoreCase(word));
  }

  /** The only value of a field; empty for none. */
  Optional<String> only(String name, int status) throws NotPassedOn {
    List<String> all = values(name);
    if (all.size() > 1) {
      throw NotPassedOn.message(
          status, "a head has several fields " + name.toLowerCase(Locale.ROOT));
    }
    return all.stream().findFirst();
  }

  /** The same without some fields. */
  MessageHead without(Predicate<Field> which) {
    return new MessageHead(start, fields.stream().filter(which.negate()).toList());
  }

  /** The same with another field at the end. */
  MessageHead with(String name, String value) {
    var more = new ArrayList<>(fields);
    more.add(new Field(name, value));
    return new MessageHead(start, more);
  }

  /** As it is sent. */
  byte[] bytes() {
    var text = new StringBuilder(start).append("\r\n");
    append(text, fields);
    return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  static void append(StringBuilder text, List<Field> fields) {
    for (Field field : fields) {
      text.append(field.name()).append(": ").append(field.value()).append("\r\n");
    }
  }
}
