package dev.visco.model;

import java.util.Locale;

/** Whether a user may have anything new. */
public enum UserState {
  ACTIVE,
  /** Its VMs are stopped; it may create and start none, and its tokens change nothing. */
  SUSPENDED;

  /** Its name in answers and rows. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The state of this word. */
  public static UserState of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
