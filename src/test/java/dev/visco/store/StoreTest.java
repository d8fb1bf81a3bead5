package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.InstallationId;
import dev.visco.model.Refused;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Random;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {
  private static final String COUNT = "SELECT COUNT(*) FROM facts WHERE name LIKE '%s-%%'";
  @TempDir Path folder;

  @Test
  void aSecondOneOnTheSameFolderIsRefused() {
    try (var store = Store.open(folder)) {
      assertThat(store.fact("colour", "red")).isEqualTo("red");
      assertThatThrownBy(() -> Store.open(folder))
          .isInstanceOf(Refused.class)
          .hasMessageContaining(Long.toString(ProcessHandle.current().pid()))
          .hasMessageContaining("VISCO_DATA");
    }
    try (var again = Store.open(folder)) {
      assertThat(again.fact("colour", "blue")).isEqualTo("red");
    }
  }

  @Test
  void aStoreOfANewerViscoIsRefused() throws Exception {
    Store.open(folder).close();
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("visco.db"));
        var statement = connection.createStatement()) {
      statement.execute("PRAGMA user_version=99");
    }
    assertThatThrownBy(() -> Store.open(folder))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("newer Visco (schema 99, this one knows 5)");
    assertNothingIsOpen();
  }

  /** As a Visco of schema 1 left it: a VM that runs, a slot, an event. */
  @Test
  void aStoreOfAnEarlierViscoIsTakenOverWithItsRows() throws Exception {
    String url = "jdbc:sqlite:" + folder.resolve("visco.db");
    Flyway.configure()
        .dataSource(url, null, null)
        .locations("classpath:db/migration")
        .target("1")
        .load()
        .migrate();
    try (var connection = DriverManager.getConnection(url);
        var statement = connection.createStatement()) {
      statement.execute("PRAGMA user_version=1");
      statement.execute(
          "INSERT INTO vms (id, host, owner, spec, image, memory_mib, state, step, wish, slot, tries, created, changed, revision)"
              + " VALUES ('vm-00000001', 'local', 'tester', '{}', 'sha256:"
              + "0".repeat(64)
              + "', 256, 'ready', 'verify-boot', 'exist', 3, 0, 1, 2, 5)");
      statement.execute(
          "INSERT INTO slots (host, idx, state, vm) VALUES ('local', 3, 'taken', 'vm-00000001')");
      statement.execute("INSERT INTO events (at, vm, text) VALUES (7, NULL, 'before')");
    }
    for (int open = 0; open < 2; open++) {
      try (var store = Store.open(folder)) {
        VmId id = new VmId("vm-00000001");
        assertThat(new VmRows(store, "local").find(id).orElseThrow().revision()).isEqualTo(5);
        assertThat(new SlotRows(store, "local").of(id)).contains(new SlotIndex(3));
        assertThat(one(store, "SELECT release FROM vms")).isEqualTo("qemu");
        assertThat(one(store, "SELECT kind || text FROM events")).isEqualTo("notebefore");
        assertThat(new SnapshotRows(store, "local").list()).isEmpty();
        assertThat(new DesktopRows(store, "local").views(id)).isEmpty();
        assertThat(one(store, "PRAGMA user_version")).isEqualTo("5");
      }
    }
    assertNothingIsOpen();
  }

  /** As a Visco of schema 3 left them: it ended what had stopped by a clock. */
  @Test
  void whatStoppedUnderAnEarlierViscoIsKeptAndWhatWasUnderWayGoesOn() throws Exception {
    String url = "jdbc:sqlite:" + folder.resolve("visco.db");
    Flyway.configure()
        .dataSource(url, null, null)
        .locations("classpath:db/migration")
        .target("3")
        .load()
        .migrate();
    try (var connection = DriverManager.getConnection(url);
        var statement = connection.createStatement()) {
      statement.execute("PRAGMA user_version=3");
      String columns =
          "INSERT INTO vms (id, host, owner, spec, image, memory_mib, step, wish, tries, created, changed, revision,"
              + " state, ready, expires, wake_at, lease, lease_until)"
              + " VALUES ('vm-0000000%d', 'local', 'tester', '{}', '', 256, 'launch-machine', 'exist', 0, 1, 2, 5, %s)";
      String[] rows = {
        "'stopped', 3, NULL, 99, NULL, NULL",
        "'stopped', 3, 70, 99, NULL, NULL",
        "'failed', 3, NULL, 99, NULL, NULL",
        "'failed', NULL, NULL, 99, NULL, NULL",
        "'creating', NULL, 70, 99, 'killed', 99000"
      };
      for (int number = 0; number < rows.length; number++) {
        statement.execute(columns.formatted(number, rows[number]));
      }
      statement.execute("INSERT INTO facts (name, value) VALUES ('restore-vm-00000004', 'snap')");
    }
    try (var store = Store.open(folder)) {
      var rows = new VmRows(store, "local");
      assertThat(rows.ended(1000, "this", 1))
          .extracting(row -> row.id().value())
          .as("its own time to live, and a creation that never was ready")
          .containsExactlyInAnyOrder("vm-00000001", "vm-00000003");
      assertThat(rows.due()).extracting(row -> row.id().value()).containsExactly("vm-00000004");
      assertThat(rows.due().getFirst().restoring()).isEqualTo("snap");
      assertThat(store.findFact("restore-vm-00000004")).isEmpty();
    }
    assertNothingIsOpen();
  }

  @Test
  void aFileThatIsNoDatabaseIsRefusedAndLeftAsItIs() throws Exception {
    Path file = folder.resolve("visco.db");
    Files.writeString(file, "no database at all, but longer than the header of one ".repeat(20));
    byte[] before = Files.readAllBytes(file);
    assertThatThrownBy(() -> Store.open(folder))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("The store " + file + " cannot be used")
        .hasMessageContaining("move it away");
    assertThat(file).hasBinaryContent(before);
    assertNothingIsOpen();
  }

  /** No descriptor of this process leads into the folder, see proc(5). */
  private void assertNothingIsOpen() throws IOException {
    assertThat(Store.holder(folder)).isEmpty();
    var open = new ArrayList<Path>();
    try (var descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors) {
        if (Files.isSymbolicLink(descriptor)) {
          open.add(Files.readSymbolicLink(descriptor));
        }
      }
    }
    assertThat(open).isNotEmpty().noneMatch(path -> path.startsWith(folder.toAbsolutePath()));
  }

  @Test
  void everyCommitIsSynced() {
    try (var store = Store.open(folder)) {
      int synchronous =
          store.write(sql -> sql.first("PRAGMA synchronous", row -> row.getInt(1)).orElseThrow());
      String journal =
          store.write(
              sql -> sql.first("PRAGMA journal_mode", row -> row.getString(1)).orElseThrow());
      assertThat(synchronous).as("FULL, see sqlite.org/pragma.html").isEqualTo(2);
      assertThat(journal).isEqualTo("wal");
    }
  }

  @Test
  void anExceptionUndoesAllOfItsTransaction() {
    try (var store = Store.open(folder)) {
      assertThatThrownBy(() ->
              store.write(sql -> {
                sql.update("INSERT INTO facts (name, value) VALUES ('half', 'done')");
                throw new IllegalStateException("in the middle");
              }))
          .hasMessage("in the middle");
      assertThat(store.fact("half", "anew")).isEqualTo("anew");
    }
  }

  @Test
  void aFactIsKeptUntilItIsTakenAway() {
    try (var store = Store.open(folder)) {
      assertThat(store.fact("colour", "red")).isEqualTo("red");
      assertThat(store.fact("colour", "blue")).isEqualTo("red");
      store.removeFact("colour");
      store.removeFact("colour");
      assertThat(store.fact("colour", "blue")).isEqualTo("blue");
    }
  }

  @Test
  void theInstallationsIdOutlivesTheStore() throws Exception {
    InstallationId id;
    try (var store = Store.open(folder)) {
      id = store.installation(new Random(1));
      assertThat(store.installation(new Random(2))).isEqualTo(id);
    }
    Path file = folder.resolve("installation-id");
    assertThat(file).hasContent(id.value());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    Files.delete(folder.resolve("visco.db"));
    try (var store = Store.open(folder)) {
      assertThat(store.installation(new Random(3))).isEqualTo(id);
    }
  }

  /** A Visco before this one had it in the store alone. */
  @Test
  void theIdOfAnEarlierViscoGoesIntoItsFile() {
    try (var store = Store.open(folder)) {
      store.setFact("installation", "0a1b");
      assertThat(store.installation(new Random(1))).isEqualTo(new InstallationId("0a1b"));
    }
    assertThat(folder.resolve("installation-id")).hasContent("0a1b");
  }

  @Test
  void twoIdsOfOneFolderAreRefused() throws Exception {
    try (var store = Store.open(folder)) {
      store.setFact("installation", "0a1b");
      for (String other : new String[] {"ffff", "", "no id"}) {
        Files.writeString(folder.resolve("installation-id"), other + "\n");
        assertThatThrownBy(() -> store.installation(new Random(1)))
            .isInstanceOf(Refused.class)
            .hasMessageContaining("installation-id")
            .hasMessageContaining("ip netns");
        assertThat(Files.readString(folder.resolve("installation-id")).strip()).isEqualTo(other);
      }
    }
  }

  @Test
  void aWriterThatIsKilledLeavesAllThatItCommittedAndNothingHalf() throws Exception {
    String last = "";
    try (var writer = new OtherProcess(folder)) {
      for (int line = 0; line < 20; line++) {
        last = writer.line();
      }
      last = writer.kill(last);
    }
    try (var store = Store.open(folder)) {
      assertThat(one(store, "PRAGMA integrity_check")).isEqualTo("ok");
      long ones = Long.parseLong(one(store, COUNT.formatted("one")));
      assertThat(one(store, COUNT.formatted("two"))).isEqualTo(Long.toString(ones));
      assertThat(ones)
          .as("what it said, and at most one that it could not say any more")
          .isBetween(Long.parseLong(last) + 1, Long.parseLong(last) + 2);
      assertThat(store.fact("after", "works")).isEqualTo("works");
    }
  }

  private static String one(Store store, String text) {
    return store.read(sql -> sql.first(text, row -> row.getString(1)).orElseThrow());
  }
}
