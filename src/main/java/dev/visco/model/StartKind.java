package dev.visco.model;

import java.util.Locale;

/** How a VM came to run. */
public enum StartKind {
  /** It was taken from the pool of its type, where it waited. */
  POOL,
  /** It was made to go on from a snapshot. */
  CLONE,
  /** It was made to boot. */
  BOOT;

  /** The word of answers, like {@code pool}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
