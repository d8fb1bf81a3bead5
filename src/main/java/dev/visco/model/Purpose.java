package dev.visco.model;

import java.util.Locale;

/** Why a VM exists. */
public enum Purpose {
  /** A user created it. */
  USER,
  /** It tests a VMM release before users get VMs on it. */
  CANARY,
  /** A throw-away copy of a failed VM with one change applied; its network is isolated. */
  EXPERIMENT,
  /** It is created ahead, for the next request for a VM of its type. */
  POOL,
  /** A user signs a tool in there; it lives as long as that sign-in session. */
  SIGN_IN;

  /** The word of rows, like {@code user}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether its owner is a user, whose policies hold for it. */
  public boolean isUsers() {
    return this == USER || this == SIGN_IN;
  }

  /** Parses {@link #word()}. */
  public static Purpose of(String word) {
    for (Purpose purpose : values()) {
      if (purpose.word().equals(word)) {
        return purpose;
      }
    }
    throw Refused.invalid(
        "purpose", word, "is not known", "Give user, canary, experiment, pool or sign-in.");
  }
}
