package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.commands.RemedyCommands;
import dev.visco.host.DurableFiles;
import dev.visco.model.Refused;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A store whose file is damaged, with a copy that is older than it and the VMs' folders beside it:
 * whatever happened to the file, nobody ever reads a row that is not the truth.
 */
@Timeout(540)
class DamagedStoreTest {
  private static final int CASES = 200;
  private static final int PAGE = 4096;
  private static final int VMS = 24;
  private static final VmId DESTROYED_SINCE = new VmId("vm-000000ff");

  /** In memory where there is room: six hundred stores are synced many times each. */
  private static final Path ROOT =
      Path.of(
          Files.isWritable(Path.of("/dev/shm"))
              ? "/dev/shm"
              : System.getProperty("java.io.tmpdir"));

  private Path data = Path.of("");
  private Path file = Path.of("");
  private byte[] older = new byte[0];
  private byte[] good = new byte[0];
  private Truth truth = new Truth(List.of(), Map.of(), List.of(), Optional.empty());
  private final Map<Path, byte[]> folders = new HashMap<>();

  /** What must be read, or nothing. */
  private record Truth(
      List<VmRow> vms,
      Map<VmId, SlotIndex> slots,
      List<SnapshotRow> snapshots,
      Optional<String> fact) {
    static Truth in(Store store) {
      return new Truth(
          new VmRows(store, "local")
              .list(true).stream()
                  .filter(row -> !row.id().equals(DESTROYED_SINCE))
                  .sorted((one, other) -> one.id().compareTo(other.id()))
                  .toList(),
          new TreeMap<>(new SlotRows(store, "local").claims()),
          new SnapshotRows(store, "local", InstantSource.system())
              .list().stream().sorted((one, other) -> one.id().compareTo(other.id())).toList(),
          store.facts().find("network"));
    }
  }

  private enum End {
    REFUSED,
    MENDED,
    HARMLESS
  }

  private static VmId id(int number) {
    return new VmId("vm-%08x".formatted(number));
  }

  private Path folder(VmId id) {
    return data.resolve("vms").resolve(id.value());
  }

  @BeforeEach
  void aStoreWithVmsOfAllAges() throws Exception {
    data = Files.createTempDirectory(ROOT, "visco-damaged");
    file = data.resolve("visco.db");
    try (var store = Store.open(data)) {
      new SlotRows(store, "local").fill(64);
      store.facts().set("network", "the first pool");
      insert(store, DESTROYED_SINCE);
      for (int number = 0; number < VMS / 2; number++) {
        insert(store, id(number));
      }
      store.copy(3, Instant.EPOCH);
    }
    older = Files.readAllBytes(file);
    try (var store = Store.open(data)) {
      for (int number = VMS / 2; number < VMS; number++) {
        insert(store, id(number));
      }
      for (int number = 0; number < VMS; number += 3) {
        end(store, id(number), VmState.FAILED);
      }
      end(store, DESTROYED_SINCE, VmState.DESTROYED);
      store.awaitFiles(); // Its last row's file would come into the folder that is being deleted.
      DurableFiles.deleteTree(folder(DESTROYED_SINCE));
      new SlotRows(store, "local").free(DESTROYED_SINCE);
      new SlotRows(store, "local").claim(id(900)); // The slot that is free again.
      insert(store, id(900));
      store.facts().set("network", "the second pool");
      store.awaitFiles();
      truth = Truth.in(store);
    }
    good = Files.readAllBytes(file);
    try (var files = Files.walk(data)) {
      for (Path one : files.filter(Files::isRegularFile).toList()) {
        folders.put(one, Files.readAllBytes(one));
      }
    }
  }

  @AfterEach
  void removeIt() {
    DurableFiles.deleteTree(data);
  }

  private void insert(Store store, VmId id) throws IOException {
    Files.createDirectories(folder(id));
    Files.writeString(folder(id).resolve("root.raw"), "its disk");
    String spec = "{\"vmType\":\"cli\",\"of\":\"" + id + "\"}";
    new VmRows(store, "local")
        .insert(
            new NewVm(id, "anna", spec, "image", 256, "open-network", null, "digest", 7, null),
            usage -> {});
    store.write(sql -> UserDataRows.insert(sql, "local", id, "of " + id));
    new SlotRows(store, "local").claim(id);
    new SnapshotRows(store, "local", InstantSource.system())
        .insert(
            new SnapshotRow(
                "before-" + id, id, "anna", spec, "image", "qemu", 0, "/none", 8, 4096L, null));
  }

  private static void end(Store store, VmId id, VmState state) {
    store.write(sql ->
        sql.update(
            "UPDATE vms SET state = ?, machine = 'ended', revision = revision + 1 WHERE id = ?",
            state.word(),
            id.value()));
  }

  /** What comes of a file like this; fails when a row is read that is not the truth. */
  private End outcome(byte[] bytes) throws IOException {
    DurableFiles.deleteTree(data.resolve("damaged"));
    for (var entry : folders.entrySet()) {
      Files.write(entry.getKey(), entry.getValue());
    }
    Files.write(file, bytes);
    try (var store = Store.open(data)) {
      Truth read = Truth.in(store);
      assertThat(read).isEqualTo(truth);
      assertThat(new VmRows(store, "local").find(DESTROYED_SINCE))
          .get()
          .extracting(VmRow::state)
          .isIn(VmState.DESTROYED, VmState.DESTROYING);
      return store.findings().isEmpty() ? End.HARMLESS : End.MENDED;
    } catch (Refused | StoreFault e) {
      assertThat(e).hasMessageNotContaining("swept");
      return End.REFUSED;
    }
  }

  private Map<End, Integer> outcomes(UnaryOperator<byte[]> damage) throws IOException {
    var ends = new TreeMap<End, Integer>();
    for (int number = 0; number < CASES; number++) {
      ends.merge(outcome(damage.apply(good.clone())), 1, Integer::sum);
    }
    assertThat(ends.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(CASES);
    return ends;
  }

  @Test
  void ofFlippedBitsNoneIsActedUpon() throws Exception {
    var random = new Random(4711);
    Map<End, Integer> ends =
        outcomes(bytes -> {
          int bit = random.nextInt(bytes.length * 8);
          bytes[bit / 8] ^= (byte) (1 << (bit % 8));
          return bytes;
        });
    // The rest hit what is free, or a field that nobody reads.
    assertThat(ends.getOrDefault(End.MENDED, 0)).as(ends.toString()).isGreaterThan(10);
    assertThat(ends.getOrDefault(End.REFUSED, 0)).as(ends.toString()).isLessThan(10);
  }

  @Test
  void ofZeroedPagesNoneIsActedUpon() throws Exception {
    var random = new Random(815);
    Map<End, Integer> ends =
        outcomes(bytes -> {
          int page = random.nextInt(bytes.length / PAGE);
          Arrays.fill(bytes, page * PAGE, (page + 1) * PAGE, (byte) 0);
          return bytes;
        });
    assertThat(ends.getOrDefault(End.MENDED, 0)).as(ends.toString()).isGreaterThan(150);
  }

  /** The front of a page as it was before, its end as it is: a write that was cut off. */
  @Test
  void ofTornPagesNoneIsActedUpon() throws Exception {
    var random = new Random(42);
    Map<End, Integer> ends =
        outcomes(bytes -> {
          int page = random.nextInt(Math.min(older.length, bytes.length) / PAGE);
          int sectors = 1 + random.nextInt(8);
          System.arraycopy(older, page * PAGE, bytes, page * PAGE, sectors * 512);
          return bytes;
        });
    assertThat(ends.getOrDefault(End.MENDED, 0)).as(ends.toString()).isGreaterThan(50);
  }

  @Test
  void theDamagedOneIsKeptAndWhatWasDoneIsSaid() throws Exception {
    byte[] bad = good.clone();
    Arrays.fill(bad, PAGE, 5 * PAGE, (byte) 0x55);
    assertThat(outcome(bad)).isEqualTo(End.MENDED);
    assertThat(DataFolder.entries(data.resolve("damaged"))).hasSize(1);
    Files.write(file, bad);
    try (var store = Store.open(data)) {
      assertThat(store.findings().getFirst())
          .contains("was damaged", "visco-19700101T000000000Z.db", "VMs' folders");
    }
    try (var store = Store.open(data)) {
      assertThat(store.findings()).as("once it is mended").isEmpty();
      assertThat(Truth.in(store)).isEqualTo(truth);
    }
  }

  /** Put back from a copy by hand: what is newer comes from the folders. */
  @Test
  void anOlderStoreIsBroughtUpToTheFolders() throws Exception {
    assertThat(outcome(older)).isEqualTo(End.MENDED);
  }

  @Test
  void anOlderOneWithoutReadableRowsOfAVmIsRefusedUntilItIsRebuilt() throws Exception {
    VmId unsure = id(1);
    folders.put(folder(unsure).resolve("row.json"), "{}".getBytes(StandardCharsets.UTF_8));
    byte[] bad = good.clone();
    Arrays.fill(bad, PAGE, 5 * PAGE, (byte) 0x55);
    assertThat(outcome(bad)).isEqualTo(End.REFUSED);
    assertThatThrownBy(() -> Store.open(data))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("it is damaged")
        .hasMessageContaining(unsure.value())
        .satisfies(
            e -> assertThat(RemedyCommands.message((Exception) e)).contains("visco store rebuild"));
    assertThat(file).hasBinaryContent(bad);
    Store.Rebuilt rebuilt = Store.rebuild(data);
    assertThat(rebuilt.unreadable()).containsExactly(unsure.value());
    assertThat(rebuilt.copy()).isEqualTo("visco-19700101T000000000Z.db");
    try (var store = Store.open(data)) {
      assertThat(Truth.in(store).slots()).isEqualTo(truth.slots());
      assertThat(Truth.in(store).vms()).hasSameSizeAs(truth.vms());
    }
  }

  /** With nothing but the folders: everything that is not history. */
  @Test
  void aStoreIsMadeFromTheFoldersAlone() throws Exception {
    Files.delete(file);
    DurableFiles.deleteTree(data.resolve("copies"));
    Path without = folder(id(5000));
    Files.createDirectories(without);
    assertThatThrownBy(() -> Store.open(data))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("There is no store")
        .hasMessageContaining("Put a copy of it back")
        .satisfies(
            e -> assertThat(RemedyCommands.message((Exception) e)).contains("visco store rebuild"))
        .hasMessageContaining("move the folders away");
    assertThat(file).doesNotExist();
    Store.Rebuilt rebuilt = Store.rebuild(data);
    assertThat(rebuilt.copy()).isNull();
    assertThat(rebuilt.unknown()).containsExactly(id(5000).value());
    assertThat(rebuilt.vms()).hasSize(VMS + 1);
    assertThat(rebuilt.slots()).isEqualTo(VMS + 1);
    assertThat(rebuilt.snapshots()).hasSize(VMS + 1);
    try (var store = Store.open(data)) {
      assertThat(store.findings()).isEmpty();
      Truth read = Truth.in(store);
      assertThat(read.vms()).isEqualTo(truth.vms());
      assertThat(read.slots()).isEqualTo(truth.slots());
      assertThat(read.fact()).isEqualTo(truth.fact());
      String vm = rebuilt.vms().getFirst();
      assertThat(new UserDataRows(store).find(new VmId(vm))).contains("of " + vm);
    }
    assertThat(Store.rebuild(data).wasGood()).isTrue();
  }

  @Test
  void nothingIsRebuiltWhileSomebodyHasTheStore() {
    try (var store = Store.open(data)) {
      assertThat(store.facts().find("network")).isPresent();
      assertThatThrownBy(() -> Store.rebuild(data))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("uses the data folder");
    }
  }

  @Test
  void aRowThatChangesWhileTheStoreIsOpenIsNotRead() throws Exception {
    try (var store = Store.open(data)) {
      store.write(sql ->
          sql.update("UPDATE vms SET row_digest = row_digest + 1 WHERE id = ?", id(3).value()));
      var rows = new VmRows(store, "local");
      assertThatThrownBy(() -> rows.find(id(3))).isInstanceOf(StoreFault.class);
      assertThatThrownBy(() -> rows.list(false)).isInstanceOf(StoreFault.class);
      assertThat(rows.find(id(4))).isPresent();
      assertThatThrownBy(() -> store.copy(3, Instant.now()))
          .isInstanceOf(StoreFault.class)
          .hasMessageContaining("damaged");
      assertThat(DataFolder.entries(data.resolve("copies")))
          .containsExactly("visco-19700101T000000000Z.db");
    }
  }

  @Test
  void asManyCopiesAreKeptAsAreAskedForAndOnlyRootReadsThem() throws Exception {
    try (var store = Store.open(data)) {
      for (int hour = 1; hour <= 5; hour++) {
        store.copy(3, Instant.EPOCH.plusSeconds(3600L * hour));
      }
    }
    assertThat(DataFolder.entries(data.resolve("copies")))
        .containsExactly(
            "visco-19700101T030000000Z.db",
            "visco-19700101T040000000Z.db",
            "visco-19700101T050000000Z.db");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("copies"))))
        .isEqualTo("rwx------");
    for (String name :
        List.of(
            "copies/visco-19700101T050000000Z.db", "records.json", "vms/" + id(1) + "/row.json")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve(name))))
          .as(name)
          .isEqualTo("rw-------");
    }
  }

  /** From {@code vms/.lost}, or a backup, after its slot was given to another. */
  @Test
  void aFolderThatIsPutBackBringsItsRowsAndTakesNobodysSlot() throws Exception {
    VmId back = id(2);
    Path elsewhere = data.resolve("vms/elsewhere");
    Files.move(folder(back), elsewhere);
    SlotIndex slot = truth.slots().get(back);
    VmId next = id(7000);
    try (var store = Store.open(data)) {
      store.write(sql -> sql.update("DELETE FROM vms WHERE id = ?", back.value()));
      store.write(sql -> sql.update("DELETE FROM sums WHERE name = ?", back.value()));
      store.write(sql -> sql.update("DELETE FROM snapshots WHERE vm = ?", back.value()));
      store.write(sql -> sql.update("DELETE FROM sums WHERE name = ?", back.value()));
      new SlotRows(store, "local").free(back);
      store.write(sql -> sql.update("DELETE FROM sums WHERE name = ?", back.value()));
      insert(store, next);
      assertThat(new SlotRows(store, "local").of(next)).contains(slot);
    }
    Files.move(elsewhere, folder(back));
    try (var store = Store.open(data)) {
      assertThat(store.findings().getFirst()).contains(back.value());
      var slots = new SlotRows(store, "local");
      assertThat(slots.of(next)).contains(slot);
      assertThat(slots.of(back)).isEmpty();
      VmRow row = new VmRows(store, "local").find(back).orElseThrow();
      assertThat(row.state()).isEqualTo(VmState.STOPPED);
      assertThat(row.slot()).isNull();
      assertThat(row.failure()).contains(next.value());
      assertThat(
              new SnapshotRows(store, "local", InstantSource.system())
                  .find("anna", "before-" + back))
          .isPresent();
    }
  }
}
