package dev.visco.model;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** TCP ports of a guest: their bounds, and lists of those that are open for links. */
public final class GuestPorts {
  /** How many ports of a VM may be open for links. */
  public static final int MAX = 32;

  private static final int MAX_PORT = 65_535;

  private GuestPorts() {}

  /** A port as somebody wrote it, 1 to 65535; anything else is refused. */
  public static int of(String field, String text) {
    if (!text.matches("[1-9]\\d{0,4}") || Integer.parseInt(text) > MAX_PORT) {
      throw Refused.invalid(field, text, "is no port", "Give a number from 1 to " + MAX_PORT + ".");
    }
    return Integer.parseInt(text);
  }

  /** The ports in ascending order, each once; refused when one is none, or there are too many. */
  public static List<Integer> checked(String field, Collection<? extends @Nullable Integer> ports) {
    var sorted = new TreeSet<Integer>();
    for (Integer port : ports) {
      sorted.add(of(field, Objects.toString(port)));
    }
    if (sorted.size() > MAX) {
      throw Refused.invalid(
          field,
          Integer.toString(sorted.size()),
          "are more open ports than a VM may have",
          "Give at most " + MAX + ".");
    }
    return List.copyOf(sorted);
  }
}
