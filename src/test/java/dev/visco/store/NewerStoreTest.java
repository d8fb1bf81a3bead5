package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.commands.RemedyCommands;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.EventRows.EventQuery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An older program on a store that a newer one has brought to its schema, and the way back. */
class NewerStoreTest {
  private static final VmId VM = new VmId("vm-00000001");
  private static final VmId MADE_SINCE = new VmId("vm-00000002");
  private static final Instant NOW = Instant.ofEpochSecond(7);

  @TempDir private Path data;
  private Path file = Path.of("");

  @BeforeEach
  void aStoreWithAVm() throws Exception {
    file = data.resolve("visco.db");
    try (var store = Store.open(data)) {
      new SlotRows(store, "local").fill(4);
      insert(store, VM);
      store.awaitFiles();
    }
  }

  private void insert(Store store, VmId id) throws IOException {
    Files.createDirectories(data.resolve("vms").resolve(id.value()));
    new VmRows(store, "local")
        .insert(
            new NewVm(id, "anna", "{}", "image", 256, "open-network", null, "digest", 7, null),
            usage -> {});
    new SlotRows(store, "local").claim(id);
  }

  private Path copy(Instant when) throws Exception {
    try (var store = Store.open(data)) {
      store.copy(9, when);
    }
    return data.resolve("copies/visco-" + StoreFile.date(when) + ".db");
  }

  /** What a program with one more migration leaves: a column more, and files of its schema. */
  private void becomeNewer() throws Exception {
    try (var store = Store.open(data)) {
      insert(store, MADE_SINCE);
      store.write(sql ->
          sql.update(
              "UPDATE vms SET state = 'failed', revision = revision + 1 WHERE id = ?", VM.value()));
      store.awaitFiles();
      for (String key : List.of(VM.value(), MADE_SINCE.value(), RowTriggers.RECORDS_KEY)) {
        RowFile now = store.read(sql -> RowFile.of(sql, key, StoreFile.SCHEMA + 1));
        now.write(RowFiles.file(data, key));
      }
    }
    try (Connection connection = StoreFile.connect(file)) {
      RowDigests.execute(connection, "ALTER TABLE vms ADD COLUMN colour TEXT");
      RowDigests.seal(connection);
      RowDigests.execute(connection, "PRAGMA user_version=" + (StoreFile.SCHEMA + 1));
    }
  }

  private Map<String, Integer> files() throws IOException {
    var found = new TreeMap<String, Integer>();
    try (var all = Files.walk(data)) {
      for (Path one : all.filter(Files::isRegularFile).toList()) {
        String name = data.relativize(one).toString();
        if (!name.equals("lock") && !name.matches("visco\\.db-(wal|shm)")) {
          found.put(name, Arrays.hashCode(Files.readAllBytes(one)));
        }
      }
    }
    return found;
  }

  @Test
  void itIsRefusedNamingTheNewestCopyThatIsOfUseAndTheCommand() throws Exception {
    Path dated = copy(Instant.ofEpochSecond(5));
    Path upgrade =
        Files.createDirectories(data.resolve("upgrades").resolve(StoreFile.date(NOW)))
            .resolve("visco.db");
    Files.copy(dated, upgrade);
    becomeNewer();
    Files.copy(file, data.resolve("copies/visco-" + StoreFile.date(NOW.plusSeconds(9)) + ".db"));
    Map<String, Integer> before = files();
    assertThatThrownBy(() -> Store.open(data))
        .isInstanceOfSatisfying(
            Refused.class,
            refused -> {
              assertThat(refused.refusal().detail())
                  .contains("newer Visco (schema " + (StoreFile.SCHEMA + 1));
              assertThat(RemedyCommands.of(refused.refusal()))
                  .contains("Install that version again", "visco store restore " + upgrade + ".");
            });
    assertThat(files()).isEqualTo(before);
    assertThat(Store.holder(data)).isEmpty();
  }

  @Test
  void withoutACopyThereIsTheNewerVersionOrABackup() throws Exception {
    becomeNewer();
    assertThatThrownBy(() -> Store.open(data))
        .isInstanceOfSatisfying(
            Refused.class,
            refused ->
                assertThat(RemedyCommands.of(refused.refusal()))
                    .contains("Install that version again", "visco restore FILE"));
  }

  /** Its rows are not ours to judge: it is never replaced by an older copy as a damaged one is. */
  @Test
  void oneThatLooksDamagedTooIsRefusedAsNewer() throws Exception {
    copy(NOW);
    becomeNewer();
    try (Connection connection = StoreFile.connect(file)) {
      RowDigests.execute(connection, "UPDATE vms SET colour = 'red'");
    }
    Map<String, Integer> before = files();
    assertThatThrownBy(() -> Store.open(data)).hasMessageContaining("newer Visco");
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void theCopyBringsTheRowsBackAndWhatOnlyTheNewerOneKnewStaysOnTheDisk() throws Exception {
    Path copy = copy(NOW);
    becomeNewer();
    Store.PutBack result = Store.putBack(data, copy, "Because of a test.", NOW);
    assertThat(result.replaced()).startsWith(data.resolve("damaged").toString());
    assertThat(StoreFile.schema(Path.of(String.valueOf(result.replaced()))))
        .isEqualTo(StoreFile.SCHEMA + 1);
    try (var store = Store.open(data)) {
      assertThat(new VmRows(store, "local").list(true))
          .singleElement()
          .extracting(VmRow::id, VmRow::state)
          .containsExactly(VM, VmState.CREATING);
      assertThat(new EventRows(store, "local").after(EventQuery.ALL, 100, 0))
          .anyMatch(event -> event.kind().equals("store-restored"));
      store.awaitFiles();
      assertThat(RowFile.read(RowFiles.file(data, VM.value())).orElseThrow().schema())
          .as("the file of the newer program, which would be taken at the next upgrade")
          .isEqualTo(StoreFile.SCHEMA);
    }
    assertThat(data.resolve("vms").resolve(MADE_SINCE.value())).isDirectory();
  }

  /** Nothing that a user made since is lost where this version can read it. */
  @Test
  void ofTheSameSchemaWhatIsNewerInTheFoldersIsTaken() throws Exception {
    Path copy = copy(NOW);
    try (var store = Store.open(data)) {
      insert(store, MADE_SINCE);
      store.awaitFiles();
    }
    Store.putBack(data, copy, "Because of a test.", NOW);
    try (var store = Store.open(data)) {
      assertThat(new VmRows(store, "local").find(MADE_SINCE)).isPresent();
    }
  }

  @Test
  void aCopyThatIsOfNoUseChangesNothing() throws Exception {
    copy(NOW);
    becomeNewer();
    Path newer = Files.copy(file, data.resolve("copies/newer.db"));
    Path broken = Files.writeString(data.resolve("copies/broken.db"), "no store");
    Map<String, Integer> before = files();
    for (Path one : List.of(newer, broken, data.resolve("copies/none.db"))) {
      assertThatThrownBy(() -> Store.putBack(data, one, "Why.", NOW))
          .isInstanceOf(Refused.class)
          .hasMessageContaining(one + "")
          .hasMessageContaining("is no copy of a store");
    }
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void whileADaemonRunsNothingIsCopiedOrPutBack() throws Exception {
    Path copy = copy(NOW);
    try (var store = Store.open(data)) {
      assertThat(store.host()).isEqualTo("local");
      assertThatThrownBy(() -> Store.putBack(data, copy, "Why.", NOW))
          .hasMessageContaining("uses the data folder");
      assertThatThrownBy(() -> Store.copyClosed(data, data.resolve("copies/more.db")))
          .hasMessageContaining("uses the data folder");
    }
    assertThat(Store.copyClosed(data, data.resolve("copies/more.db"))).isTrue();
    assertThat(StoreFile.problems(data.resolve("copies/more.db"))).isEmpty();
    assertThat(Store.holder(data)).isEmpty();
  }
}
