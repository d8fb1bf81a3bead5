package dev.visco.provider;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * Scalars of a YAML document that is made of nothing but mappings in block style, as tools write
 * their files; of other documents it finds less.
 */
final class YamlScan {
  private YamlScan() {}

  /** A key, and how far it is indented. */
  private record Level(int indent, String key) {}

  /** The values at a path of keys, of which {@code *} stands for any. */
  static List<String> values(String text, String[] keys) {
    var found = new ArrayList<String>();
    Deque<Level> path = new ArrayDeque<>();
    for (String line : text.lines().toList()) {
      String rest = line.strip();
      int colon = colon(rest);
      if (colon < 0 || rest.startsWith("#")) {
        continue;
      }
      int indent = line.indexOf(rest);
      while (!path.isEmpty() && path.getLast().indent() >= indent) {
        path.removeLast();
      }
      path.addLast(new Level(indent, unquoted(rest.substring(0, colon))));
      String value = unquoted(rest.substring(colon + 1).strip());
      if (!value.isEmpty() && isAt(path, keys)) {
        found.add(value);
      }
    }
    return found;
  }

  /** The colon after a key, which a space or the end of the line follows. */
  private static int colon(String line) {
    int at = line.indexOf(':');
    while (at >= 0 && at + 1 < line.length() && line.charAt(at + 1) != ' ') {
      at = line.indexOf(':', at + 1);
    }
    return at;
  }

  private static String unquoted(String text) {
    boolean isQuoted =
        text.length() > 1
            && (text.charAt(0) == '"' || text.charAt(0) == '\'')
            && text.charAt(text.length() - 1) == text.charAt(0);
    return isQuoted ? text.substring(1, text.length() - 1) : text;
  }

  private static boolean isAt(Deque<Level> path, String[] keys) {
    if (path.size() != keys.length) {
      return false;
    }
    Iterator<Level> levels = path.iterator();
    for (String key : keys) {
      if (!levels.next().key().equals(key) && !key.equals("*")) {
        return false;
      }
    }
    return true;
  }
}
