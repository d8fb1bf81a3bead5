package dev.visco.app;

import dev.visco.lifecycle.VaultKeyring;
import dev.visco.settings.Settings;
import dev.visco.store.EventRows;
import dev.visco.store.SecretRows;
import dev.visco.store.Store;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.vault.HostVault;
import dev.visco.vault.MasterKeySource;
import dev.visco.vault.Vault;
import dev.visco.vault.VaultKeys;
import dev.visco.vault.VaultService;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/** The vault, and what lies in it: keys of VMs and credentials of users. */
final class VaultParts {
  final VaultKeys keys;
  final Vault vault;
  final VaultKeyring keyring;
  final VaultService host;
  private final VmRows rows;

  /**
   * @param folder has a folder for each VM
   */
  VaultParts(
      Settings settings,
      Store store,
      VmRows rows,
      EventRows events,
      Path folder,
      InstantSource clock,
      RandomGenerator random) {
    this.rows = rows;
    var secrets = new SecretRows(store, store.host());
    this.keys =
        new VaultKeys(
            MasterKeySource.of(settings.vault()), secrets, store.facts(), events, clock, random);
    this.vault = new Vault(keys, secrets, events, clock, random);
    this.keyring = new VaultKeyring(folder, vault);
    this.host = new HostVault(keys, secrets, store.facts(), this::moveKeysIn);
  }

  /** Moves keys that are still files in VMs' folders into the vault, if there is one. */
  void moveKeysIn() {
    keyring.moveIn(rows.list(false).stream().map(VmRow::id).toList());
  }
}
