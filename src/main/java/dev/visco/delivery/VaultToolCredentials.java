package dev.visco.delivery;

import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.provider.CredentialContent;
import dev.visco.provider.GuestPlaceholder;
import dev.visco.provider.Placeholders;
import dev.visco.provider.Provider;
import dev.visco.store.SecretRow;
import dev.visco.store.VmCredentialRow;
import dev.visco.store.VmCredentialRow.CredentialForm;
import dev.visco.store.VmCredentialRow.VmCredentialState;
import dev.visco.store.VmCredentialRows;
import dev.visco.vault.OpenSecret;
import dev.visco.vault.Vault;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Variables of tools from the vault, and placeholders where VMs have these. */
public final class VaultToolCredentials implements ToolCredentials {
  private final VmCredentialRows rows;
  private final Vault vault;
  private final Map<String, Provider> providers;
  private final Placeholders placeholders;

  /**
   * @param providers by name
   */
  public VaultToolCredentials(
      VmCredentialRows rows,
      Vault vault,
      Map<String, Provider> providers,
      Placeholders placeholders) {
    this.rows = rows;
    this.vault = vault;
    this.providers = providers;
    this.placeholders = placeholders;
  }

  @Override
  public ToolEnvironment of(VmId vm, String name) {
    Provider provider = providers.get(name);
    if (provider == null) {
      return ToolEnvironment.NONE;
    }
    return rows.of(vm).stream()
        .filter(row -> row.provider().equals(name))
        .filter(row -> row.state() == VmCredentialState.DELIVERED)
        .findFirst()
        .map(row -> environment(row, provider))
        .orElse(ToolEnvironment.NONE);
  }

  private ToolEnvironment environment(VmCredentialRow row, Provider provider) {
    return switch (row.form()) {
      case FILE -> ToolEnvironment.NONE;
      case PLACEHOLDER -> {
        Optional<GuestPlaceholder> found =
            placeholders.of(row.vm(), new UserId(row.owner()), provider);
        yield ToolEnvironment.of(
            provider, found.map(GuestPlaceholder::environment).orElse(Map.of()), Map.of());
      }
      case VARIABLE -> ToolEnvironment.of(provider, Map.of(), variables(row, provider));
    };
  }

  private Map<String, byte[]> variables(VmCredentialRow row, Provider provider) {
    SecretRow secret = vault.find(row.secret()).orElse(null);
    if (secret == null) {
      return Map.of(); // It was removed just now.
    }
    String why = "for " + provider.tool() + " in " + row.vm();
    try (OpenSecret value = vault.read(secret.name(), why).orElse(null)) {
      if (value == null) {
        return Map.of();
      }
      var copy = new TreeMap<String, byte[]>();
      try (CredentialContent content = CredentialContent.of(provider, value.value())) {
        if (content.problem(provider).isEmpty()) {
          content.variables().forEach((name, bytes) -> copy.put(name, bytes.clone()));
        }
      }
      return copy;
    }
  }

  @Override
  public ToolEnvironment ofCommand(VmId vm, List<String> command) {
    if (command.isEmpty()) {
      return ToolEnvironment.NONE;
    }
    String program = command.getFirst().substring(command.getFirst().lastIndexOf('/') + 1);
    for (VmCredentialRow row : rows.of(vm)) {
      Provider provider = providers.get(row.provider());
      boolean isItsTool = provider != null && provider.tool().equals(program);
      if (isItsTool && row.form() != CredentialForm.FILE) {
        return of(vm, row.provider());
      }
    }
    return ToolEnvironment.NONE;
  }
}
