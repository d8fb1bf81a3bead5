package dev.visco.vault;

import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.SecretName;
import dev.visco.store.SecretRow;
import dev.visco.store.SecretState;
import dev.visco.vault.SecretCheck.SecretFinding;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The users' credentials of the vault. */
public final class Credentials implements CredentialService {
  private final Vault vault;
  private final List<SecretCheck> checks;

  /**
   * @param checks of providers that can be asked
   */
  public Credentials(Vault vault, List<SecretCheck> checks) {
    this.vault = vault;
    this.checks = List.copyOf(checks);
  }

  @Override
  public List<SecretRow> list(@Nullable String user) {
    return vault.list(user).stream().filter(Credentials::isTheirs).toList();
  }

  /** What Visco has made for itself is nothing that a user checks or removes. */
  private static boolean isTheirs(SecretRow row) {
    return switch (row.name().kind()) {
      case CREDENTIAL, PROXY -> true;
      case VM_KEYS, SNAPSHOT_KEYS, AUTHORITY -> false;
    };
  }

  @Override
  public Optional<SecretRow> find(String id) {
    return vault.find(id).filter(Credentials::isTheirs);
  }

  private SecretRow row(String id) {
    return find(id).orElseThrow(() -> notFound(id));
  }

  private static Refused notFound(String id) {
    return new Refused(
        new Refusal.NotFound(
            "credential", id, Advice.of("{} shows all.", new Remedy.ListCredentials())));
  }

  @Override
  public SecretRow put(SecretName name, byte[] value, @Nullable Long expires) {
    return vault.put(
        name, value, new Vault.SecretFacts(SecretState.UNCHECKED, expires), null, "by request");
  }

  @Override
  public CredentialValidation validate(String id) {
    SecretRow row = row(id);
    try (OpenSecret secret =
        vault.read(row.name(), "to validate it").orElseThrow(() -> notFound(id))) {
      for (SecretCheck check : checks) {
        Optional<SecretFinding> found = check.check(secret.row(), secret.value());
        if (found.isPresent()) {
          SecretFinding finding = found.get();
          return new CredentialValidation(
              vault
                  .mark(secret.row(), finding.state(), finding.problem(), finding.expires())
                  .orElseThrow(() -> notFound(id)),
              true);
        }
      }
      return new CredentialValidation(secret.row(), false);
    }
  }

  @Override
  public void remove(String id) {
    if (find(id).isEmpty() || vault.remove(id, "by request").isEmpty()) {
      throw notFound(id);
    }
  }
}
