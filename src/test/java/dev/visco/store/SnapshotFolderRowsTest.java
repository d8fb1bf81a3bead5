package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.DurableFiles;
import dev.visco.model.SecretName;
import dev.visco.model.SnapshotConsistency;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.SnapshotRetention;
import dev.visco.model.SnapshotState;
import dev.visco.model.VmId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A snapshot's rows lie in its folder too, and come back from there. */
class SnapshotFolderRowsTest {
  private static final SnapshotPlace PLACE = new SnapshotPlace("snapshot-0123456789abcdef");
  @TempDir private Path data;

  private Path folder() {
    return data.resolve("snapshots").resolve(PLACE.value());
  }

  private SnapshotRow row(String name) {
    return new SnapshotRow(
        name,
        new VmId("vm-00000001"),
        "anna",
        "{}",
        "image",
        "qemu",
        0,
        folder().toString(),
        7,
        null,
        null,
        SnapshotState.WRITING,
        SnapshotRetention.KEPT,
        PLACE,
        null,
        null,
        SnapshotConsistency.MEMORY,
        null);
  }

  private static SecretRow secret() {
    SecretName name = SecretName.keys(PLACE);
    return SampleSecrets.of("keys-" + PLACE, name, 1, SecretState.UNCHECKED);
  }

  private static SnapshotRows rows(Store store) {
    return new SnapshotRows(store, "local", InstantSource.system());
  }

  private static Optional<SecretRow> secret(Store store) {
    return new SecretRows(store, "local").find(SecretName.keys(PLACE));
  }

  private void whole() throws Exception {
    try (var store = Store.open(data)) {
      rows(store).insert(row("first"));
      Files.createDirectories(folder());
      new SecretRows(store, "local")
          .put(
              secret().name(),
              _ -> secret(),
              _ -> NewEvent.of(EventKind.VM_KEYS_STORED, "stored"),
              9);
      rows(store).written("anna", "first", 4096, "sha256:1");
      store.awaitFiles();
    }
  }

  @Test
  void aStoreIsMadeAnewWithThem() throws Exception {
    whole();
    try (var files = Files.newDirectoryStream(data, "visco.db*")) {
      files.forEach(DurableFiles::deleteTree);
    }
    DurableFiles.deleteTree(data.resolve("copies"));
    assertThat(Store.rebuild(data).snapshots()).containsExactly("first");
    try (var store = Store.open(data)) {
      assertThat(rows(store).find("anna", "first"))
          .hasValueSatisfying(found -> {
            assertThat(found.isWhole()).isTrue();
            assertThat(found.place()).isEqualTo(PLACE);
            assertThat(found.retention()).isEqualTo(SnapshotRetention.KEPT);
          });
      assertThat(secret(store)).contains(secret());
      assertThat(store.findings()).isEmpty();
    }
  }

  @Test
  void theKeysGoWithTheRow() throws Exception {
    whole();
    try (var store = Store.open(data)) {
      rows(store).remove("anna", "first");
      assertThat(secret(store)).isEmpty();
    }
    DurableFiles.deleteTree(folder());
    try (var store = Store.open(data)) {
      assertThat(rows(store).list()).isEmpty();
      assertThat(store.findings()).isEmpty();
    }
  }

  @Test
  void anOlderStoreTakesTheNewerRowFromTheFolder() throws Exception {
    whole();
    byte[] older = Files.readAllBytes(data.resolve("visco.db"));
    try (var store = Store.open(data)) {
      rows(store).retain("anna", "first", SnapshotRetention.USED);
      store.awaitFiles();
    }
    Files.write(data.resolve("visco.db"), older);
    try (var store = Store.open(data)) {
      assertThat(rows(store).find("anna", "first").orElseThrow().retention())
          .isEqualTo(SnapshotRetention.USED);
      assertThat(store.findings()).singleElement().asString().contains(PLACE.value());
    }
  }

  /** Killed between the commit and the file, or while it was being written. */
  @Test
  void aFileThatIsNotThereYetIsWrittenAtTheNextOpen() throws Exception {
    whole();
    Files.delete(folder().resolve("row.json"));
    try (var store = Store.open(data)) {
      store.awaitFiles();
      assertThat(rows(store).find("anna", "first").orElseThrow().isWhole()).isTrue();
    }
    assertThat(folder().resolve("row.json")).exists();
  }
}
