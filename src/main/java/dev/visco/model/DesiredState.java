package dev.visco.model;

import java.util.Arrays;
import java.util.Locale;

/** What a VM is to become. It is read before every step. */
public enum DesiredState {
  EXIST,
  DESTROY;

  /** The word in rows. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The desired state of this word; an {@link IllegalArgumentException} for any other. */
  public static DesiredState of(String word) {
    return Arrays.stream(values())
        .filter(state -> state.word().equals(word))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no desired state: " + word));
  }
}
