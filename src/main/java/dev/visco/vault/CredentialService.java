package dev.visco.vault;

import dev.visco.model.SecretName;
import dev.visco.store.SecretRow;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the API does with users' credentials. Nothing of it gives a value. */
public interface CredentialService {
  /**
   * By owner, kind, provider and name.
   *
   * @param user only this user's, null for all users'
   */
  List<SecretRow> list(@Nullable String user);

  /** The credential of this id. */
  Optional<SecretRow> find(String id);

  /**
   * Puts a credential, or gives it a new value.
   *
   * @param value zeroed by the caller afterwards
   * @param expires milliseconds after the epoch; null for never, or not known
   */
  SecretRow put(SecretName name, byte[] value, @Nullable Long expires);

  /**
   * What a validation has found.
   *
   * @param row the credential with what was recorded of it
   * @param isAsked whether its provider was asked; without that only that it decrypts is known
   */
  record CredentialValidation(SecretRow row, boolean isAsked) {}

  /** Decrypts a credential, and asks its provider where that is known how. */
  CredentialValidation validate(String id);

  /** Removes a credential; its provider is not told. */
  void remove(String id);
}
