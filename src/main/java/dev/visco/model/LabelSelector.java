package dev.visco.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Labels that a VM must all have, written as {@code team=red,gpu}. */
public record LabelSelector(List<Term> terms) {
  /** Chooses every VM. */
  public static final LabelSelector ALL = new LabelSelector(List.of());

  public LabelSelector {
    terms = List.copyOf(terms);
  }

  /**
   * One label.
   *
   * @param value null for any
   */
  public record Term(String key, @Nullable String value) {
    public Term {
      Labels.checkKey(key);
      if (value != null) {
        Labels.checkValue(key, value);
      }
    }
  }

  /** Reads one; refused where a key or a value is none. */
  public static LabelSelector of(String text) {
    var terms = new ArrayList<Term>();
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      terms.add(
          equals < 0
              ? new Term(part, null)
              : new Term(part.substring(0, equals), part.substring(equals + 1)));
    }
    return new LabelSelector(terms);
  }

  /** Whether these labels are among those that it chooses. */
  public boolean matches(Labels labels) {
    return terms.stream()
        .allMatch(term -> {
          String value = labels.values().get(term.key());
          return value != null && (term.value() == null || term.value().equals(value));
        });
  }
}
