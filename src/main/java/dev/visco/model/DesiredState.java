package dev.visco.model;

import java.util.Arrays;
import java.util.Locale;

/** What a VM is to become. It is read before every step. */
public enum DesiredState {
  /** It runs, or is on its way to. */
  EXIST,
  /** It is there and does not run until somebody starts it. */
  STOP,
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
