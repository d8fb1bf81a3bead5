package dev.visco.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a secret in the vault is for. */
public enum SecretKind {
  /** A user's sign-in at a provider, or key for its API. */
  CREDENTIAL,
  /** A user's name and password at an upstream proxy. */
  PROXY,
  /** The keys of a VM and the password of its desktop. */
  VM_KEYS,
  /** The keys that a VM had when a snapshot of it was taken. */
  SNAPSHOT_KEYS,
  /** A key that certifies the hosts of a provider towards a user's VMs. */
  AUTHORITY;

  /** Its name in rows and answers, like {@code vm-keys}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The kind of this word. */
  public static Optional<SecretKind> of(String word) {
    return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
  }
}
