package dev.visco.model;

import java.util.Locale;

/** Why there is a VM. */
public enum Purpose {
  /** A user asked for it. */
  USER,
  /** It shows whether a VMM release works, before users get VMs on it. */
  CANARY,
  /** A throw-away copy of a VM that failed, which differs from it in something; it is cut off. */
  EXPERIMENT,
  /** It is made ahead, for the next user who asks for one of its type. */
  POOL;

  /** The word of rows, like {@code user}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Reads {@link #word()}. */
  public static Purpose of(String word) {
    for (Purpose purpose : values()) {
      if (purpose.word().equals(word)) {
        return purpose;
      }
    }
    throw Refused.invalid(
        "purpose", word, "is not known", "Give user, canary, experiment or pool.");
  }
}
