package dev.visco.vault;

import dev.visco.store.SecretRow;
import dev.visco.store.SecretState;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Asks whoever a credential is for whether it is accepted. */
public interface SecretCheck {
  /**
   * What was found.
   *
   * @param problem why, for people; null for no reason to tell
   * @param expires milliseconds after the epoch; null for not known
   */
  record SecretFinding(SecretState state, @Nullable String problem, @Nullable Long expires) {}

  /**
   * Asks; empty when this one cannot ask that provider.
   *
   * @param value zeroed by the caller afterwards
   */
  Optional<SecretFinding> check(SecretRow row, byte[] value);
}
