package dev.visco.image.oci;

import dev.visco.model.Refused;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** The records of a pax header: {@code LENGTH KEY=VALUE} and a line's end each. */
final class TarPax {
  private static final String ATTRIBUTE = "SCHILY.xattr.";

  /** Longest number of a length, and of a value that is a number. */
  private static final int MAX_DIGITS = 18;

  private final Map<String, byte[]> values = new HashMap<>();

  /** Adds records; those of a header replace those that were there before. */
  void add(byte[] records) {
    int at = 0;
    while (at < records.length && records[at] != 0) {
      int blank = at;
      while (blank < records.length && records[blank] != ' ') {
        blank++;
      }
      int length = (int) Math.min(number(records, at, blank), Integer.MAX_VALUE);
      if (length > records.length - at || length < blank - at + 3) {
        throw damaged();
      }
      int equals = blank + 1;
      while (equals < at + length && records[equals] != '=') {
        equals++;
      }
      if (equals >= at + length || records[at + length - 1] != '\n') {
        throw damaged();
      }
      String key = new String(records, blank + 1, equals - blank - 1, StandardCharsets.UTF_8);
      byte[] value = new byte[at + length - 1 - equals - 1];
      System.arraycopy(records, equals + 1, value, 0, value.length);
      values.put(key, value);
      at += length;
    }
  }

  private static long number(byte[] bytes, int from, int to) {
    if (to <= from || to - from > MAX_DIGITS) {
      throw damaged();
    }
    long value = 0;
    for (int at = from; at < to; at++) {
      if (bytes[at] < '0' || bytes[at] > '9') {
        throw damaged();
      }
      value = value * 10 + bytes[at] - '0';
    }
    return value;
  }

  private static Refused damaged() {
    return OciRefusal.layer("pax header", "is damaged");
  }

  String text(String key, String otherwise) {
    byte[] value = values.get(key);
    return value == null ? otherwise : TarHeader.utf8(value, 0, value.length);
  }

  /** A number; a fraction of a second is left out. */
  long number(String key, long otherwise) {
    byte[] value = values.get(key);
    if (value == null) {
      return otherwise;
    }
    boolean isNegative = value.length > 0 && value[0] == '-';
    int from = isNegative ? 1 : 0;
    int end = from;
    while (end < value.length && value[end] != '.') {
      end++;
    }
    long number = number(value, from, end);
    return isNegative ? -number : number;
  }

  /** Whether the file has holes, in one of the forms that only GNU tar writes. */
  boolean isSparse() {
    return values.keySet().stream().anyMatch(key -> key.startsWith("GNU.sparse."));
  }

  /** Extended attributes by name. */
  Map<String, byte[]> attributes() {
    var found = new HashMap<String, byte[]>();
    values.forEach((key, value) -> {
      if (key.startsWith(ATTRIBUTE)) {
        found.put(key.substring(ATTRIBUTE.length()), value);
      }
    });
    return found.isEmpty() ? Map.of() : Map.copyOf(found);
  }
}
