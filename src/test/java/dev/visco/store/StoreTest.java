package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.InstallationId;
import dev.visco.model.Refused;
import dev.visco.model.SlotIndex;
import dev.visco.model.TokenRole;
import dev.visco.model.VmId;
import dev.visco.store.EventRows.EventQuery;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {
  private static final String COUNT = "SELECT COUNT(*) FROM facts WHERE name LIKE '%s-%%'";
  @TempDir Path folder;

  /** A store as a Visco of an earlier schema made it. */
  private Connection ofSchema(int version) throws SQLException {
    String url = "jdbc:sqlite:" + folder.resolve("visco.db");
    Flyway.configure()
        .dataSource(url, null, null)
        .locations("classpath:db/migration/sqlite")
        .target(Integer.toString(version))
        .load()
        .migrate();
    Connection connection = DriverManager.getConnection(url);
    RowDigests.execute(connection, "PRAGMA user_version=" + version);
    return connection;
  }

  @Test
  void theVersionIsAnotherOneAfterEachWriteAndNoRead() {
    try (var store = Store.open(folder)) {
      long first = store.version();
      assertThat(store.facts().find("colour")).isEmpty();
      assertThat(store.version()).isEqualTo(first);
      store.facts().findOrAdd("colour", "red");
      long second = store.version();
      assertThat(second).isNotEqualTo(first);
      assertThatThrownBy(() ->
              store.write(sql -> {
                throw new IllegalStateException("it fails");
              }))
          .isInstanceOf(IllegalStateException.class);
      assertThat(store.version()).as("a failed commit may be one").isNotEqualTo(second);
    }
  }

  @Test
  void aSecondOneOnTheSameFolderIsRefused() {
    try (var store = Store.open(folder)) {
      assertThat(store.facts().findOrAdd("colour", "red")).isEqualTo("red");
      assertThatThrownBy(() -> Store.open(folder))
          .isInstanceOf(Refused.class)
          .hasMessageContaining(Long.toString(ProcessHandle.current().pid()))
          .hasMessageContaining("VISCO_DATA");
    }
    try (var again = Store.open(folder)) {
      assertThat(again.facts().findOrAdd("colour", "blue")).isEqualTo("red");
    }
  }

  /** A commit between two reads of a check once looked like rows that are missing. */
  @Test
  void aStoreThatIsWrittenToMeanwhileIsNotTakenForDamaged() throws Exception {
    try (var store = Store.open(folder)) {
      var isOver = new AtomicBoolean();
      Thread writer =
          Thread.ofPlatform()
              .start(() -> {
                for (int at = 0; !isOver.get(); at++) {
                  store.facts().set("colour-" + at % 50, "shade " + at);
                }
              });
      try {
        for (int at = 0; at < 30; at++) {
          assertThat(StoreFile.problems(folder.resolve("visco.db"))).isEmpty();
          store.copy(2, Instant.EPOCH.plusSeconds(at));
        }
      } finally {
        isOver.set(true);
        writer.join();
      }
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
        .hasMessageContaining("newer Visco (schema 99, this one knows " + StoreFile.SCHEMA + ")");
    assertNothingIsOpen();
  }

  /** As a Visco of schema 1 left it: a VM that runs, a slot, an event. */
  @Test
  void aStoreOfAnEarlierViscoIsTakenOverWithItsRows() throws Exception {
    try (var connection = ofSchema(1);
        var statement = connection.createStatement()) {
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
        assertThat(new SnapshotRows(store, "local", InstantSource.system()).list()).isEmpty();
        assertThat(new DesktopRows(store, "local").views(id)).isEmpty();
        assertThat(one(store, "PRAGMA user_version")).isEqualTo(Integer.toString(StoreFile.SCHEMA));
      }
    }
    assertNothingIsOpen();
  }

  /** Before names of snapshots were each owner's own. */
  @Test
  void snapshotsOfAnEarlierViscoKeepTheirNames() throws Exception {
    try (var connection = ofSchema(13);
        var statement = connection.createStatement()) {
      statement.execute(
          "INSERT INTO snapshots (id, host, vm, owner, spec, image, release, format, folder, created, bytes)"
              + " VALUES ('monday', 'local', 'vm-00000001', 'anna', '{}', 'image', 'qemu', 0, '/files', 5, 7)");
    }
    for (int open = 0; open < 2; open++) {
      try (var store = Store.open(folder)) {
        assertThat(new SnapshotRows(store, "local", InstantSource.system()).find("anna", "monday"))
            .contains(
                new SnapshotRow(
                    "monday",
                    new VmId("vm-00000001"),
                    "anna",
                    "{}",
                    "image",
                    "qemu",
                    0,
                    "/files",
                    5,
                    7L,
                    null));
      }
    }
  }

  /** As a Visco of schema 3 left them: it ended what had stopped by a clock. */
  @Test
  void whatStoppedUnderAnEarlierViscoIsKeptAndWhatWasUnderWayGoesOn() throws Exception {
    try (var connection = ofSchema(3);
        var statement = connection.createStatement()) {
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
      assertThat(rows.find(rows.due().getFirst().id()).orElseThrow().restoring()).isEqualTo("snap");
      assertThat(store.facts().find("restore-vm-00000004")).isEmpty();
    }
    assertNothingIsOpen();
  }

  /** As a Visco of schema 5 left them: a user's VM, a canary, a copy for an experiment. */
  @Test
  void whatAVmIsForIsToldByWhatToldItBefore() throws Exception {
    try (var connection = ofSchema(5);
        var statement = connection.createStatement()) {
      for (String values :
          List.of(
              "'vm-00000001', 'anna', '{\"bootArgs\":[\"\\\"trial\\\":{\"],\"trial\":null}'",
              "'vm-00000002', 'visco-canaries', '{\"trial\":null}'",
              "'vm-00000003', 'visco-experiments', '{\"trial\":{\"of\":\"vm-00000001\"}}'",
              "'vm-00000004', 'visco-experiments', '{\"trial\":null}'")) {
        statement.execute(
            "INSERT INTO vms (host, image, memory_mib, state, step, wish, tries, created, changed, revision, id, owner,"
                + " spec) VALUES ('local', '', 256, 'ready', 'verify-boot', 'exist', 0, 1, 2, 5, "
                + values
                + ")");
      }
    }
    try (var store = Store.open(folder)) {
      List<String> purposes =
          store.read(
              sql -> sql.query("SELECT purpose FROM vms ORDER BY id", row -> row.getString(1)));
      assertThat(purposes).containsExactly("user", "canary", "experiment", "user");
    }
  }

  /** As a Visco of schema 5 left them, the last one whose host had no name of its own. */
  @Test
  void factsKeysAndEventsOfAnEarlierViscoAreItsHostsAndOwners() throws Exception {
    try (var connection = ofSchema(5);
        var statement = connection.createStatement()) {
      statement.execute(
          "INSERT INTO vms (id, host, owner, spec, image, memory_mib, state, step, wish, slot, tries, created, changed,"
              + " revision, idempotency_key, request_digest, expires_steady, outcome)"
              + " VALUES ('vm-00000001', 'local', 'anna', '{}', '', 256, 'ready', 'verify-boot', 'exist', 3, 0, 1, 2, 5,"
              + " 'key', 'digest', 77, 'ready')");
      statement.execute(
          "INSERT INTO facts VALUES ('conductor-local', 'before'), ('grants-boot-local', 'boot'), ('network', '{}')");
      statement.execute("INSERT INTO events (at, text, kind) VALUES (7, 'first', 'note')");
      statement.execute("INSERT INTO tallies VALUES ('local', 'event', '', 'note', 41)");
      statement.execute(
          "INSERT INTO desktop_views VALUES (9, 'local', 'vm-00000001', 'anna', '::1', 1, 3, NULL)");
    }
    try (var store = Store.open(folder)) {
      assertThat(store.host()).isEqualTo("local");
      assertThat(store.findings()).isEmpty();
      assertThat(store.facts().find("network")).contains("{}");
      assertThat(store.facts().find("grants-boot")).contains("boot");
      assertThat(store.facts().find("conductor")).contains("before");
      var rows = new VmRows(store, "local");
      VmRow row = rows.find(new VmId("vm-00000001")).orElseThrow();
      assertThat(row.slot()).isEqualTo(3);
      assertThat(row.expiresSteady()).isEqualTo(77);
      var again = vm("vm-00000002", "anna");
      assertThat(rows.insert(again, usage -> {}).row()).isEqualTo(row);
      assertThat(rows.insert(vm("vm-00000003", "bert"), usage -> {}).isNew()).isTrue();
      var events = new EventRows(store, "local");
      events.add(EventKind.NOTE, null, "next", 8);
      assertThat(events.before(EventQuery.ALL, 9, Long.MAX_VALUE))
          .as("41 were counted, most of them gone; a VM and its user are new")
          .extracting(event -> event.id() + " " + event.kind())
          .containsExactly("44 note", "43 vm-created", "42 user-created", "1 note");
      var desktops = new DesktopRows(store, "local");
      assertThat(desktops.begin(row.id(), "bert", "::1", false, 4)).isEqualTo(10);
      assertThat(desktops.views(row.id()))
          .extracting(ViewRow::viewer)
          .containsExactly("bert", "anna");
    }
    assertNothingIsOpen();
  }

  private static NewVm vm(String id, String owner) {
    return new NewVm(new VmId(id), owner, "{}", "image", 256, "first", "key", "digest", 10, null);
  }

  @Test
  void aHostThatGetsANameTakesItsRowsWithIt() throws Exception {
    try (var store = Store.open(folder)) {
      assertThat(store.host()).isEqualTo("local");
      store.installation(new Random(1));
    }
    try (var store = Store.open(folder, "rack2-host7")) {
      assertThat(store.host()).isEqualTo("rack2-host7");
      new VmRows(store, store.host()).insert(vm("vm-00000001", "anna"), usage -> {});
      new SlotRows(store, store.host()).fill(4);
      new SlotRows(store, store.host()).claim(new VmId("vm-00000001"));
      new EventRows(store, store.host()).add(EventKind.NOTE, null, "text", 7);
      Files.createDirectories(folder.resolve("vms/vm-00000001"));
      store.awaitFiles();
    }
    try (var store = Store.open(folder)) {
      assertThat(store.host()).as("nobody has said otherwise").isEqualTo("rack2-host7");
    }
    for (int open = 0; open < 2; open++) {
      try (var store = Store.open(folder, "b7")) {
        assertThat(store.host()).isEqualTo("b7");
        assertThat(store.findings()).isEmpty();
        assertThat(new VmRows(store, "b7").list(true)).hasSize(1);
        assertThat(new VmRows(store, "rack2-host7").list(true)).isEmpty();
        assertThat(new SlotRows(store, "b7").of(new VmId("vm-00000001"))).isPresent();
        assertThat(new EventRows(store, "b7").counts()).containsEntry("note", 1L);
        assertThat(store.facts().find("installation")).isPresent();
        store.awaitFiles();
      }
      assertThat(Files.readString(folder.resolve("vms/vm-00000001/row.json")))
          .contains("b7")
          .doesNotContain("rack2");
    }
  }

  /** A copy of the store from before the host had its name is put back beside newer files. */
  @Test
  void aFileThatHasAnotherNameOfTheHostIsTakenUnderTheHostsName() throws Exception {
    try (var store = Store.open(folder)) {
      store.facts().set("colour", "red");
    }
    byte[] older = Files.readAllBytes(folder.resolve("visco.db"));
    Files.createDirectories(folder.resolve("vms/vm-00000001"));
    try (var store = Store.open(folder, "b7")) {
      new VmRows(store, "b7").insert(vm("vm-00000001", "anna"), usage -> {});
      store.facts().set("colour", "blue");
      store.awaitFiles();
    }
    Files.write(folder.resolve("visco.db"), older);
    try (var store = Store.open(folder, "b7")) {
      assertThat(store.findings()).hasSize(1);
      assertThat(new VmRows(store, "b7").list(true)).hasSize(1);
      assertThat(store.facts().find("colour")).contains("blue");
      assertThat(one(store, "SELECT COUNT(*) FROM facts WHERE host <> 'b7'")).isEqualTo("0");
    }
  }

  @Test
  void noFileOfTheStoreHoldsATokenOrIsReadByOthers() throws Exception {
    var all = new StringBuilder();
    try (var store = Store.open(folder)) {
      new TokenRows(store, "local")
          .add("a-secret-token", "a-plain-name", TokenRole.ADMIN, null, false, null, 1);
      try (var files = Files.newDirectoryStream(folder, "visco.db*")) {
        for (Path file : files) {
          assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
              .as(file.toString())
              .isEqualTo("rw-------");
          all.append(Files.readString(file, StandardCharsets.ISO_8859_1));
        }
      }
    }
    assertThat(all).contains("a-plain-name").doesNotContain("a-secret-token");
  }

  /** At 200,000 destroyed VMs a scan took 70 ms of each create, inside the one writer. */
  @Test
  void whatIsAskedForAllTheTimeLooksAtNoRowOfADestroyedVm() {
    try (var store = Store.open(folder)) {
      for (String text :
          store.read(sql ->
              List.of(
                  VmUsage.usage(sql), VmQueries.all(sql, false) + " ORDER BY created DESC, id"))) {
        assertThat(plan(store, text))
            .contains("USING INDEX vms_live")
            .doesNotContain("TEMP B-TREE");
      }
      assertThat(plan(store, store.read(sql -> VmUsage.imageUse(sql))))
          .contains("USING INDEX vms_live");
      String all = store.read(sql -> VmQueries.all(sql, true));
      assertThat(plan(store, all + " AND created <= ? ORDER BY created DESC, id LIMIT ?"))
          .contains("USING INDEX vms_created")
          .doesNotContain("TEMP B-TREE");
    }
  }

  private static String plan(Store store, String text) {
    return store.read(sql ->
        String.join("\n", sql.query("EXPLAIN QUERY PLAN " + text, row -> row.getString("detail"))));
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
                sql.update(
                    "INSERT INTO facts (host, name, value) VALUES ('local', 'half', 'done')");
                throw new IllegalStateException("in the middle");
              }))
          .hasMessage("in the middle");
      assertThat(store.facts().findOrAdd("half", "anew")).isEqualTo("anew");
    }
  }

  @Test
  void aFactIsKeptUntilItIsTakenAway() {
    try (var store = Store.open(folder)) {
      assertThat(store.facts().findOrAdd("colour", "red")).isEqualTo("red");
      assertThat(store.facts().findOrAdd("colour", "blue")).isEqualTo("red");
      store.facts().remove("colour");
      store.facts().remove("colour");
      assertThat(store.facts().findOrAdd("colour", "blue")).isEqualTo("blue");
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
      store.facts().set("installation", "0a1b");
      assertThat(store.installation(new Random(1))).isEqualTo(new InstallationId("0a1b"));
    }
    assertThat(folder.resolve("installation-id")).hasContent("0a1b");
  }

  @Test
  void twoIdsOfOneFolderAreRefused() throws Exception {
    try (var store = Store.open(folder)) {
      store.facts().set("installation", "0a1b");
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
      assertThat(store.facts().findOrAdd("after", "works")).isEqualTo("works");
    }
  }

  private static String one(Store store, String text) {
    return store.read(sql -> sql.first(text, row -> row.getString(1)).orElseThrow());
  }
}
