package dev.visco.store;

import java.util.Arrays;
import java.util.Locale;

/** What is known of a secret's worth. That one has expired follows from its time. */
public enum SecretState {
  /** Nobody has tried it yet. */
  UNCHECKED,
  /** The last check succeeded. */
  VALID,
  /** It is not accepted any more: its user has to sign in again. */
  NEEDS_SIGN_IN,
  /** It was revoked, here or by its provider. */
  REVOKED;

  /** Its name in rows and answers, like {@code needs-sign-in}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The state of this word; {@link #UNCHECKED} for one that this version does not know. */
  static SecretState of(String word) {
    return Arrays.stream(values())
        .filter(state -> state.word().equals(word))
        .findFirst()
        .orElse(UNCHECKED);
  }
}
