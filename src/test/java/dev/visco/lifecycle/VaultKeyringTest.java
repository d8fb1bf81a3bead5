package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.VmId;
import dev.visco.session.FolderKeyFiles;
import dev.visco.session.VmKeyring;
import dev.visco.session.VmKeys;
import dev.visco.store.EventKind;
import dev.visco.store.EventRows;
import dev.visco.store.SecretRows;
import dev.visco.store.Store;
import dev.visco.vault.MasterKeySource;
import dev.visco.vault.Vault;
import dev.visco.vault.VaultKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VaultKeyringTest {
  private static final VmId VM = new VmId("vm-00000001");

  @TempDir Path folder;
  private Path vms = Path.of("");
  private Path key = Path.of("");
  private Store store;
  private EventRows events;
  private VaultKeys vaultKeys;
  private VaultKeyring keyring;

  @BeforeEach
  void start() throws Exception {
    Path data = Files.createDirectories(folder.resolve("data"));
    vms = data.resolve("vms");
    key = folder.resolve("vault.key");
    store = Store.open(data);
    Files.createDirectories(vms.resolve(VM.value()));
    daemon();
  }

  /** What the next daemon has in its memory: nothing. */
  private void daemon() {
    var rows = new SecretRows(store, store.host());
    events = new EventRows(store, store.host());
    var random = new SecureRandom();
    var clock = InstantSource.system();
    vaultKeys =
        new VaultKeys(new MasterKeySource.KeyFile(key), rows, store.facts(), events, clock, random);
    vaultKeys.open();
    keyring =
        new VaultKeyring(
            vms,
            vms.resolveSibling("snapshots"),
            new Vault(vaultKeys, rows, events, clock, random));
  }

  @AfterEach
  void end() {
    vaultKeys.close();
    store.close();
  }

  private FolderKeyFiles files() {
    return new FolderKeyFiles(vms.resolve(VM.value()).resolve("keys"));
  }

  private static Map<String, String> seed(VmKeys keys) {
    var seed = new TreeMap<String, String>();
    keys.seedFiles()
        .forEach((name, bytes) ->
            seed.put(name, new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1)));
    return seed;
  }

  private static void make(VmKeyring keyring) {
    keyring.of(VM).create();
    keyring.of(VM).createVncPassword(new SecureRandom());
  }

  private long reads() {
    return events.counts().getOrDefault(EventKind.VM_KEYS_READ.word(), 0L);
  }

  @Test
  void withoutAVaultKeysAreFilesAsBefore() {
    make(keyring);
    assertThat(files().all()).hasSize(5);
    assertThat(seed(keyring.of(VM))).isEqualTo(seed(VmKeyring.inFolders(vms).of(VM)));
    keyring.moveIn(List.of(VM), List.of());
    assertThat(files().all()).hasSize(5);
    assertThat(reads()).isZero();
  }

  @Test
  void withAVaultTheyAreInItAloneAndReadOnceInADaemonsLife() {
    vaultKeys.initialize();
    make(keyring);
    make(keyring);
    Map<String, String> seed = seed(keyring.of(VM));
    assertThat(seed).hasSize(4);
    assertThat(vms.resolve(VM.value())).isEmptyDirectory();
    daemon();
    assertThat(seed(keyring.of(VM))).isEqualTo(seed);
    assertThat(seed(keyring.of(VM))).isEqualTo(seed);
    assertThat(keyring.of(VM).vncPassword()).isPresent();
    assertThat(reads()).isEqualTo(1);
    assertThat(vms.resolve(VM.value())).isEmptyDirectory();
    keyring.forget(VM);
    assertThat(seed(keyring.of(VM))).isEqualTo(seed);
    assertThat(reads()).isEqualTo(2);
  }

  @Test
  void filesOfBeforeMoveInAndTheirKeysStayTheSame() {
    make(keyring);
    Map<String, String> seed = seed(keyring.of(VM));
    vaultKeys.initialize();
    assertThat(seed(keyring.of(VM))).as("before they are moved").isEqualTo(seed);
    keyring.moveIn(List.of(VM, new VmId("vm-00000002")), List.of());
    assertThat(vms.resolve(VM.value())).isEmptyDirectory();
    assertThat(seed(keyring.of(VM))).isEqualTo(seed);
    daemon();
    keyring.moveIn(List.of(VM), List.of());
    assertThat(seed(keyring.of(VM))).isEqualTo(seed);
  }

  /** Killed between both effects: the keys are in the vault, and all or some files are there. */
  @Test
  void aMoveThatWasCutOffIsCompletedByTheNextStart() throws Exception {
    make(keyring);
    Map<String, String> seed = seed(keyring.of(VM));
    Map<String, byte[]> before = files().all();
    vaultKeys.initialize();
    keyring.moveIn(List.of(VM), List.of());
    files().write(before);
    for (String gone : before.keySet()) {
      daemon();
      assertThat(seed(keyring.of(VM))).isEqualTo(seed);
      Files.delete(files().folder().resolve(gone));
      assertThat(seed(keyring.of(VM))).isEqualTo(seed);
    }
    daemon();
    keyring.moveIn(List.of(VM), List.of());
    assertThat(vms.resolve(VM.value())).isEmptyDirectory();
    assertThat(seed(keyring.of(VM))).isEqualTo(seed);
  }

  @Test
  void aClosedVaultRefusesItsKeysAndNewOnesAndLosesNone() throws Exception {
    vaultKeys.initialize();
    make(keyring);
    Map<String, String> seed = seed(keyring.of(VM));
    Path away = Files.move(key, folder.resolve("away"));
    daemon();
    assertThatThrownBy(() -> seed(keyring.of(VM)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("The vault is closed");
    assertThatThrownBy(() -> keyring.of(VM).create()).isInstanceOf(Refused.class);
    var other = new VmId("vm-00000003");
    Files.createDirectories(vms.resolve(other.value()));
    assertThatThrownBy(() -> keyring.of(other).create()).isInstanceOf(Refused.class);
    assertThat(vms.resolve(other.value())).isEmptyDirectory();
    assertThatThrownBy(() -> keyring.requireRoomForKeys())
        .isInstanceOf(Refused.class)
        .hasMessageContaining("The vault is closed");
    Files.move(away, key);
    daemon();
    keyring.requireRoomForKeys(); // Nothing is refused.
    assertThat(seed(keyring.of(VM))).isEqualTo(seed);
  }

  @Test
  void aChangeOfTheMasterKeyLeavesThemAsTheyAre() {
    vaultKeys.initialize();
    make(keyring);
    Map<String, String> seed = seed(keyring.of(VM));
    vaultKeys.rotate(null, List.of());
    daemon();
    assertThat(seed(keyring.of(VM))).isEqualTo(seed);
  }

  @Test
  void aSnapshotHasTheKeysOfItsVmInTheSamePlaces() throws Exception {
    var place = new SnapshotPlace("snapshot-0123456789abcdef");
    Path folder = vms.resolveSibling("snapshots").resolve(place.value());
    Files.createDirectories(folder);
    make(keyring);
    Map<String, String> seed = seed(keyring.of(VM));
    VmKeys kept = keyring.ofSnapshots().of(place);
    assertThat(kept.exist()).isFalse();
    keyring.of(VM).copyTo(kept);
    assertThat(kept.exist()).isTrue();
    assertThat(new FolderKeyFiles(folder.resolve("keys")).all()).hasSize(5);
    vaultKeys.initialize();
    keyring.moveIn(List.of(), List.of(place));
    assertThat(folder).isEmptyDirectory();
    daemon();
    assertThat(seed(keyring.ofSnapshots().of(place))).isEqualTo(seed);
    keyring.forget(place);
    assertThat(seed(keyring.ofSnapshots().of(place))).isEqualTo(seed);
  }
}
