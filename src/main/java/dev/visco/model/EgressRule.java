package dev.visco.model;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An entry of an egress policy's lists: a network ({@code 198.51.100.0/24}), an address, a name
 * ({@code example.com}, that name alone), or all names below one ({@code *.example.com}, at any
 * depth, without the name itself).
 *
 * @param text as it was given, in lower case
 * @param network null for a rule by name
 */
public record EgressRule(String text, @Nullable Cidr network) {
  /** Entries of one list. */
  public static final int MAX = 256;

  private static final int MAX_NAME = 253;
  private static final String BELOW = "*.";
  private static final Pattern DIGITS_AND_DOTS = Pattern.compile("[0-9./]+");
  private static final Pattern LABEL =
      Pattern.compile("[a-z0-9_]|[a-z0-9_][a-z0-9_-]{0,61}[a-z0-9_]");

  /** Reads an entry; refuses anything else, as {@code field}. */
  public static EgressRule of(String field, String text) {
    String word = text.strip().toLowerCase(Locale.ROOT);
    if (DIGITS_AND_DOTS.matcher(word).matches()) {
      Cidr network = word.contains("/") ? Cidr.of(field, word) : new Cidr(Ipv4.of(field, word), 32);
      return new EgressRule(word, network);
    }
    String name = word.startsWith(BELOW) ? word.substring(BELOW.length()) : word;
    if (!isName(name)) {
      throw Refused.invalid(
          field,
          text,
          "is neither a network nor a name",
          "Give one like 198.51.100.0/24, 198.51.100.7, example.com or *.example.com;"
              + " international names in their ASCII form (xn--).");
    }
    return new EgressRule(word, null);
  }

  /** Reads a list of at most {@link #MAX} entries. */
  public static List<EgressRule> all(String field, List<String> texts) {
    if (texts.size() > MAX) {
      throw Refused.invalid(
          field, texts.size() + " entries", "are too many", "Give at most " + MAX + ".");
    }
    return texts.stream().map(text -> of(field, text)).toList();
  }

  /**
   * Whether this is a host name in lower case, of at most 253 characters, without a dot at its end.
   */
  public static boolean isName(String text) {
    if (text.isEmpty() || text.length() > MAX_NAME) {
      return false;
    }
    for (String label : text.split("\\.", -1)) {
      if (!LABEL.matcher(label).matches()) {
        return false;
      }
    }
    return true;
  }

  public boolean isByName() {
    return network == null;
  }

  /** Whether it is for this name, in lower case. */
  public boolean matches(String name) {
    if (network != null) {
      return false;
    }
    return text.startsWith(BELOW)
        ? name.length() > text.length() - 1 && name.endsWith(text.substring(1))
        : name.equals(text);
  }

  /** Whether it is for this address. */
  public boolean matches(Ipv4 address) {
    return network != null && network.contains(address);
  }

  @Override
  public String toString() {
    return text;
  }
}
