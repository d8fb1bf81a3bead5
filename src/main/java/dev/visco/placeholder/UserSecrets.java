package dev.visco.placeholder;

import dev.visco.host.HostFault;
import dev.visco.model.Refused;
import dev.visco.model.SecretName;
import dev.visco.model.UserId;
import dev.visco.provider.CredentialContent;
import dev.visco.provider.CredentialFields;
import dev.visco.provider.Provider;
import dev.visco.provider.ProviderCredential.CredentialFile;
import dev.visco.relay.secret.NotPassedOn;
import dev.visco.store.SecretRow;
import dev.visco.store.SecretState;
import dev.visco.vault.OpenSecret;
import dev.visco.vault.Vault;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Values of users' credentials. A credential is read from the vault once for each of its versions,
 * since each reading is recorded, and the values that are asked for are kept in memory.
 */
final class UserSecrets {
  private final Vault vault;
  private final Map<SecretName, Known> known = new HashMap<>();

  /** Values of one version, by field. */
  private record Known(String id, long version, Map<String, byte[]> values) {
    boolean isOf(SecretRow row) {
      return row.id().equals(id) && row.version() == version;
    }

    void zero() {
      values.values().forEach(value -> Arrays.fill(value, (byte) 0));
    }
  }

  UserSecrets(Vault vault) {
    this.vault = vault;
  }

  /**
   * A copy of a value, which the caller zeroes.
   *
   * @param field its place in the first file of the credential; null for the secret itself
   */
  synchronized byte[] value(UserId user, Provider provider, @Nullable String field)
      throws NotPassedOn {
    SecretName name = SecretName.credential(user.value(), provider.name(), SecretName.DEFAULT);
    Optional<SecretRow> row = vault.find(name);
    Known now = known.get(name);
    if (now != null && row.filter(now::isOf).isEmpty()) {
      known.remove(name);
      now.zero();
      now = null;
    }
    if (row.isEmpty()) {
      throw NotPassedOn.noSecret(user + " has no credential for " + provider.name());
    }
    if (row.get().state() == SecretState.REVOKED) {
      throw NotPassedOn.noSecret("the credential for " + provider.name() + " was revoked");
    }
    if (now == null) {
      now = new Known(row.get().id(), row.get().version(), new HashMap<>());
      known.put(name, now);
    }
    byte[] value = now.values().get(field == null ? "" : field);
    if (value == null) {
      value = read(name, provider, field);
      now.values().put(field == null ? "" : field, value);
    }
    return value.clone();
  }

  private byte[] read(SecretName name, Provider provider, @Nullable String field)
      throws NotPassedOn {
    try (OpenSecret secret =
        vault.read(name, "for requests of VMs with a placeholder").orElse(null)) {
      if (secret == null) {
        throw NotPassedOn.noSecret("the credential for " + provider.name() + " was removed");
      }
      try (CredentialContent content = CredentialContent.of(provider, secret.value())) {
        return value(provider, content, field)
            .orElseThrow(() ->
                NotPassedOn.noSecret(
                    "the credential for " + provider.name() + " has no " + shown(field)));
      }
    } catch (Refused | HostFault e) {
      throw NotPassedOn.noSecret("the vault cannot be read: " + e.getMessage());
    }
  }

  private static String shown(@Nullable String field) {
    return field == null ? "secret that can be put in" : field;
  }

  private static Optional<byte[]> value(
      Provider provider, CredentialContent content, @Nullable String field) {
    for (CredentialFile file : provider.credential().files()) {
      byte[] text = content.files().get(file.path());
      if (text != null) {
        String pointer =
            field != null || file.fields().isEmpty() ? field : file.fields().getFirst();
        return pointer == null
            ? Optional.empty()
            : CredentialFields.value(file, pointer, text)
                .map(found -> found.getBytes(StandardCharsets.UTF_8));
      }
    }
    return field == null
        ? content.variables().values().stream().findFirst().map(byte[]::clone)
        : Optional.empty();
  }

  /** Forgets those of a user who is removed. */
  synchronized void removeUser(UserId user) {
    known
        .entrySet()
        .removeIf(one -> {
          boolean isTheirs = one.getKey().owner().equals(user.value());
          if (isTheirs) {
            one.getValue().zero();
          }
          return isTheirs;
        });
  }
}
