package dev.visco.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import dev.visco.model.SecretKind;
import dev.visco.model.SecretName;
import dev.visco.store.SecretRow;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The users' credentials among all that the vault has. */
class CredentialsTest {
  @TempDir private Path folder;

  @Test
  void whatViscoHasMadeForItselfIsNoCredentialOfAUser() throws Exception {
    try (var under =
        new VaultUnderTest(VaultUnderTest.data(folder), VaultUnderTest.keyFile(folder))) {
      under.keys.initialize();
      var credentials = new Credentials(under.vault, List.of());
      SecretRow own = put(under, SecretName.credential("alice", "codex", "default"));
      SecretRow proxy =
          put(under, new SecretName(SecretKind.PROXY, "alice", "proxy.example:1080", "default"));
      SecretRow authority =
          put(under, new SecretName(SecretKind.AUTHORITY, "alice", "claude-code", "0e4a7f621b27"));
      assertThat(credentials.list("alice"))
          .extracting(SecretRow::id)
          .containsOnly(own.id(), proxy.id());
      assertThat(credentials.list(null)).hasSize(2);
      assertThat(credentials.find(own.id())).isPresent();
      assertThat(credentials.find(authority.id())).isEmpty();
      assertThatThrownBy(() -> credentials.remove(authority.id()))
          .isInstanceOf(Refused.class)
          .hasMessageContaining(authority.id());
      assertThat(under.vault.find(authority.id())).isPresent();
    }
  }

  private static SecretRow put(VaultUnderTest under, SecretName name) {
    return under.vault.put(name, new byte[] {1}, Vault.SecretFacts.UNCHECKED, null, "a test");
  }
}
