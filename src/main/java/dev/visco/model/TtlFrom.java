package dev.visco.model;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** From when a VM's time to live counts. */
public enum TtlFrom {
  /** From its creation, or from when it was given another time to live. */
  CREATED,
  /** From its last use: it ends when nobody has used it for that long. */
  USED;

  /** The word in requests, answers and rows. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The value of this word; refused when there is none. */
  public static TtlFrom of(String field, String word) {
    return Arrays.stream(values())
        .filter(one -> one.word().equals(word))
        .findFirst()
        .orElseThrow(() -> Refused.invalid(field, word, "is not known", "Give created or used."));
  }

  /** What rows and requests without one mean. */
  static TtlFrom orDefault(@Nullable TtlFrom from) {
    return from == null ? CREATED : from;
  }
}
