package dev.visco.app;

import dev.visco.lifecycle.VaultKeyring;
import dev.visco.settings.Settings;
import dev.visco.store.EventRows;
import dev.visco.store.SecretRows;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
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
import java.util.Objects;
import java.util.random.RandomGenerator;

/** The vault, and what lies in it: keys of VMs and credentials of users. */
final class VaultParts {
  final VaultKeys keys;
  final Vault vault;
  final VaultKeyring keyring;
  final VaultService host;
  private final VmRows rows;
  private final SnapshotRows snapshots;

  /**
   * @param folder has a folder for each VM
   * @param snapshotFolder has a folder for each snapshot
   */
  VaultParts(
      Settings settings,
      Store store,
      VmRows rows,
      SnapshotRows snapshots,
      EventRows events,
      Path folder,
      Path snapshotFolder,
      InstantSource clock,
      RandomGenerator random) {
    this.rows = rows;
    this.snapshots = snapshots;
    var secrets = new SecretRows(store, store.host());
    this.keys =
        new VaultKeys(
            MasterKeySource.of(settings.vault()), secrets, store.facts(), events, clock, random);
    this.vault = new Vault(keys, secrets, events, clock, random);
    this.keyring = new VaultKeyring(folder, snapshotFolder, vault);
    this.host = new HostVault(keys, secrets, store.facts(), this::moveKeysIn);
  }

  /** Moves keys that are still files in folders into the vault, if there is one. */
  void moveKeysIn() {
    keyring.moveIn(
        rows.list(false).stream().map(VmRow::id).toList(),
        snapshots.list().stream()
            .filter(SnapshotRow::isWhole)
            .map(SnapshotRow::place)
            .filter(Objects::nonNull)
            .toList());
  }
}
