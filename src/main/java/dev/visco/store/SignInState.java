package dev.visco.store;

import java.util.Locale;

/** Where a sign-in stands. */
public enum SignInState {
  /** Its VM boots, and the tool is started there. */
  STARTING,
  /** The tool has given its link or its code, and waits for the user. */
  WAITING,
  /** The provider's page has come back to the tool, or a code was pasted. */
  EXCHANGING,
  /** The tool has its credential, which is read and tried. */
  VALIDATING,
  /** The credential is in the vault. */
  STORED,
  /** The credential is in the user's VMs as well. */
  DELIVERED,
  /** It came to nothing. */
  FAILED,
  /** Its time was up. */
  EXPIRED,
  /** Somebody has cancelled it. */
  CANCELLED;

  /** Its name in rows and answers. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static SignInState of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
