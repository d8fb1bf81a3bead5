package dev.visco.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Until when a snapshot stays. Nothing removes one that is in use. */
public enum SnapshotRetention {
  /** As long as its VM. */
  VM,
  /** Until somebody removes it. */
  KEPT,
  /** As long as something uses it. */
  USED;

  /** The word in rows, requests and answers. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The retention of this word. */
  public static Optional<SnapshotRetention> of(String word) {
    return Arrays.stream(values()).filter(one -> one.word().equals(word)).findFirst();
  }
}
