package dev.visco.model;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Labels of a VM, by key, at most {@value #MAX}. Keys and values have the bounds of Kubernetes: a
 * value has up to 63 letters, digits, hyphens, dots and underscores, with a letter or digit at each
 * end, or none; so has a key, which may have a domain of up to 253 characters and a slash before.
 */
public record Labels(SortedMap<String, String> values) {
  /** The maximum number of labels of one VM. */
  public static final int MAX = 64;

  public static final Labels NONE = new Labels(new TreeMap<>());

  private static final String WORD = "[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?";
  private static final Pattern KEY = Pattern.compile(WORD);
  private static final Pattern VALUE = Pattern.compile("(" + WORD + ")?");
  private static final int MAX_DOMAIN = 253;
  private static final Pattern DOMAIN =
      Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");

  public Labels {
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    if (values.size() > MAX) {
      throw Refused.invalid(
          "labels", values.size() + " labels", "are too many", "Give at most " + MAX + ".");
    }
    values.forEach(Labels::check);
  }

  public static Labels of(Map<String, String> values) {
    return new Labels(new TreeMap<>(values));
  }

  private static void check(String key, @Nullable String value) {
    checkKey(key);
    if (value == null) {
      throw Refused.invalid("labels." + key, "null", "is no text", "Give a text, or leave it out.");
    }
    checkValue(key, value);
  }

  /** Refuses what cannot be a label's key. */
  static void checkKey(String key) {
    int slash = key.indexOf('/');
    String domain = slash < 0 ? null : key.substring(0, slash);
    boolean isDomain =
        domain == null || (domain.length() <= MAX_DOMAIN && DOMAIN.matcher(domain).matches());
    if (!isDomain || !KEY.matcher(key.substring(slash + 1)).matches()) {
      throw Refused.invalid(
          "labels",
          key,
          "is no key of a label",
          "Give up to 63 letters, digits, hyphens, dots and underscores with a letter or digit at"
              + " each end, after a domain and a slash or without, like team or example.com/team.");
    }
  }

  /** Refuses what cannot be a label's value. */
  static void checkValue(String key, String value) {
    if (!VALUE.matcher(value).matches()) {
      throw Refused.invalid(
          "labels." + key,
          value,
          "is no value of a label",
          "Give up to 63 letters, digits, hyphens, dots and underscores with a letter or digit at"
              + " each end, or nothing.");
    }
  }

  /**
   * The same with these changes.
   *
   * @param changes values by key; null takes a label away
   */
  public Labels with(Map<String, @Nullable String> changes) {
    var all = new TreeMap<>(values);
    changes.forEach((key, value) -> {
      checkKey(key);
      if (value == null) {
        all.remove(key);
      } else {
        all.put(key, value);
      }
    });
    return new Labels(all);
  }

  public boolean isEmpty() {
    return values.isEmpty();
  }
}
