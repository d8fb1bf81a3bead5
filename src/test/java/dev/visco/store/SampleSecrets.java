package dev.visco.store;

import dev.visco.model.SecretName;

/** Rows of secrets for tests, whose values nobody can decrypt. */
public final class SampleSecrets {
  private SampleSecrets() {}

  /** One without a problem, an end or a validation. */
  public static SecretRow of(String id, SecretName name, long version, SecretState state) {
    return new SecretRow(
        id, name, version, "master", "wrapped", "value " + version, state, null, null, null, 7, 8);
  }
}
