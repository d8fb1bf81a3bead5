package dev.visco.model;

import java.util.Arrays;
import java.util.Locale;

/** How far a snapshot is. */
public enum SnapshotState {
  /** Its files are being written. */
  WRITING,
  /** All its files are there. */
  WHOLE,
  /** Its files are being removed; it is not used any more. */
  REMOVING;

  /** The word in rows and answers. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The state of this word; an {@link IllegalArgumentException} for any other. */
  public static SnapshotState of(String word) {
    return Arrays.stream(values())
        .filter(state -> state.word().equals(word))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no state of a snapshot: " + word));
  }
}
