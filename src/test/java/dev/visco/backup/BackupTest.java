package dev.visco.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.archive.ArchiveWriter;
import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.host.SparseFile;
import dev.visco.image.QcowHeader;
import dev.visco.model.DesiredState;
import dev.visco.model.Digest;
import dev.visco.model.Origin;
import dev.visco.model.Progress;
import dev.visco.model.Rebuild;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.SignInRow;
import dev.visco.store.SignInRows;
import dev.visco.store.SignInState;
import dev.visco.store.Store;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.store.VmStates;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A data folder with VMs of two users, written into a file and put back elsewhere. */
@Timeout(180)
class BackupTest {
  private static final Instant NOW = SampleHost.NOW;
  private static final VmId ANNAS = SampleHost.ANNAS;
  private static final VmId BOBS = SampleHost.BOBS;
  private static final Digest IMAGE = new Digest("sha256:" + "0".repeat(64));

  @TempDir private Path folder;
  private SampleHost host;
  private Path data;
  private Path file;
  private Path target;
  private Path restoredSettings;

  @BeforeEach
  void aHost() throws IOException {
    host = new SampleHost(folder).make();
    data = host.data();
    file = host.file();
    target = host.target();
    restoredSettings = host.targetConfiguration();
  }

  private Backup backup() {
    return host.backup();
  }

  private BackupHeader write(Predicate<String> users) {
    return host.write(users);
  }

  private Restore restore() {
    return host.restore();
  }

  @Test
  void oneUsersVmComesBackWithItsDiskKeysAndHoles() throws IOException {
    BackupHeader header = write("anna"::equals);
    assertThat(header.vms()).containsExactly(new BackupHeader.BackupItem("vm-0000000a", "anna"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(Files.size(file)).as("zeros cost next to nothing").isLessThan(200 << 10);

    assertThat(restore().from(file).kept()).isEmpty();

    Path disk = target.resolve("vms/vm-0000000a/root.raw");
    assertThat(Files.mismatch(disk, data.resolve("vms/vm-0000000a/root.raw"))).isEqualTo(-1);
    assertThat(SparseFile.data(disk)).as("holes are holes").hasSize(2);
    assertThat(Files.getAttribute(disk, "unix:uid")).isEqualTo(1_000_000_007);
    assertThat(target.resolve("vms/vm-0000000a/keys/id_ed25519")).hasContent("key of anna");
    assertThat(target.resolve("vms/vm-0000000a/run")).doesNotExist();
    assertThat(target.resolve("vms/vm-0000000b")).doesNotExist();
    assertThat(target.resolve("admin-token")).hasContent("secret of the operator");
    assertThat(target.resolve("installation-id"))
        .hasContent(Files.readString(data.resolve("installation-id")).strip());
    assertThat(restoredSettings.resolve("visco.toml")).content().contains("spare-slots = 7");
    assertThat(target.resolve("restore")).doesNotExist();
    try (var store = Store.open(target)) {
      var rows = new VmRows(store, store.host());
      assertThat(rows.find(ANNAS).map(VmRow::state)).contains(VmState.STOPPED);
      assertThat(rows.find(BOBS).map(VmRow::desired))
          .as("its disk is not in the backup")
          .contains(DesiredState.DESTROY);
      assertThat(store.findings()).isEmpty();
    }
  }

  @Test
  void withoutUsersTheStoreAndTheSettingsAloneComeBack() throws IOException {
    assertThat(write(user -> false).vms()).isEmpty();
    restore().from(file);
    assertThat(target.resolve("vms")).doesNotExist();
    try (var store = Store.open(target)) {
      assertThat(new VmRows(store, store.host()).find(ANNAS).map(VmRow::desired))
          .contains(DesiredState.DESTROY);
    }
  }

  @Test
  void theStoreIsCopiedWhileADaemonHasIt() {
    try (var store = Store.open(data)) {
      store.facts().set("colour", "red");
      write(user -> true);
      store.facts().set("colour", "blue");
    }
    restore().from(file);
    try (var store = Store.open(target)) {
      assertThat(store.facts().find("colour")).contains("red");
    }
  }

  @Test
  void aClonesDiskIsWrittenWithWhatItHasOfItsSnapshot() throws IOException {
    var linux = new LinuxHost();
    Path image = data.resolve("images/objects/0123");
    Files.write(image, new byte[1 << 20]);
    Path snapshot = data.resolve("snapshots/snapshot-0123456789abcdef");
    Files.createDirectories(snapshot);
    Path below = layer(linux, snapshot.resolve("root.qcow2"), image, "raw");
    linux.check(Command.of("qemu-io", "-c", "write -q -P 7 64k 64k", below.toString()));
    Path vm = data.resolve("vms").resolve(ANNAS.value());
    Files.delete(vm.resolve("root.raw"));
    Path disk = layer(linux, vm.resolve("root.qcow2"), below, "qcow2");
    linux.check(Command.of("qemu-io", "-c", "write -q -P 9 128k 64k", disk.toString()));
    byte[] content = raw(linux, disk);
    assertThat(content[65536]).isEqualTo((byte) 7);
    // In a rebuild its old disk is aside.
    Files.copy(disk, disk.resolveSibling("root.qcow2.aside"));

    write("anna"::equals);
    restore().from(file);
    Path restored = target.resolve("vms").resolve(ANNAS.value()).resolve("root.qcow2");
    Path there = target.resolve("images/objects/0123");
    assertThat(QcowHeader.chain(restored)).containsExactly(there);
    Path aside = restored.resolveSibling("root.qcow2.aside");
    assertThat(QcowHeader.chain(aside)).containsExactly(there);
    Files.createDirectories(there.getParent());
    Files.copy(image, there);
    assertThat(raw(linux, restored)).isEqualTo(content);
    assertThat(raw(linux, aside)).isEqualTo(content);
  }

  private static Path layer(LinuxHost host, Path disk, Path below, String format) {
    host.check(
        Command.of(
            "qemu-img", "create", "-q", "-f", "qcow2", "-F", format, "-b", below + "", disk + ""));
    return disk;
  }

  private byte[] raw(LinuxHost host, Path disk) throws IOException {
    Path raw = disk.resolveSibling("as-raw");
    host.check(Command.of("qemu-img", "convert", "-O", "raw", disk.toString(), raw.toString()));
    byte[] content = Files.readAllBytes(raw);
    Files.delete(raw);
    return content;
  }

  @Test
  void aRunningVmIsRefusedOrStandsStill() {
    try (var store = Store.open(data)) {
      VmStates.set(store, ANNAS, VmState.READY);
    }
    assertThatThrownBy(() -> write(user -> true))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("vm-0000000a of anna is ready")
        .hasMessageContaining("--pause");
    assertThat(folder).isDirectoryNotContaining("glob:**visco.tar.zst*");
    assertThat(write("bob"::equals).vms()).as("another's is no obstacle").hasSize(1);
    var told = new java.util.ArrayList<String>();
    backup()
        .write(
            folder.resolve("paused"),
            user -> true,
            new Backup.Pausing() {
              @Override
              public void pause(VmId vm) {
                told.add("pause " + vm);
              }

              @Override
              public void resume(VmId vm) {
                told.add("resume " + vm);
              }
            },
            NOW);
    assertThat(told).containsExactly("pause vm-0000000a", "resume vm-0000000a");
  }

  @Test
  void aVmInWhichAToolIsSignedInIsLeftOut() {
    try (var store = Store.open(data)) {
      VmStates.set(store, ANNAS, VmState.READY);
      var row =
          new SignInRow(
              "signin-1",
              new UserId("anna"),
              "demo",
              "default",
              0,
              false,
              SignInState.WAITING,
              SignInRow.SignInHolder.USER,
              "admin",
              ANNAS,
              null,
              null,
              null,
              null,
              null,
              null,
              null,
              1,
              1,
              1,
              1,
              null);
      new SignInRows(store, store.host())
          .insert(row, others -> {}, SignInRows.SignInNote.of("waiting", "It waits."));
    }
    assertThat(write(user -> true).vms())
        .extracting(BackupHeader.BackupItem::name)
        .containsExactly(BOBS.value());
  }

  @Test
  void aVmThatIsBeingRebuiltIsRefused() {
    var rebuild =
        new Rebuild(
            Rebuild.RebuildStage.BOOTING,
            "newer",
            IMAGE,
            100,
            List.of(),
            new Rebuild.BeforeRebuild(
                IMAGE, new Origin.FromImage("cli"), null, List.of(), VmState.STOPPED),
            null);
    try (var store = Store.open(data)) {
      VmStates.setRebuild(store, ANNAS, Json.line(rebuild));
    }
    assertThatThrownBy(() -> write(user -> true))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("vm-0000000a of anna is being rebuilt");
    assertThat(write("bob"::equals).vms()).as("another's is no obstacle").hasSize(1);
  }

  @Test
  void aFileThatIsThereIsNeverReplaced() throws IOException {
    Files.writeString(file, "of somebody");
    assertThatThrownBy(() -> write(user -> true))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is there already");
    assertThat(file).hasContent("of somebody");
    assertThatThrownBy(() -> backup().write(folder.resolve("no/where"), user -> true, null, NOW))
        .isInstanceOf(Refused.class);
  }

  @Test
  void aFolderWithoutAStoreIsRefused() {
    DurableFiles.deleteTree(data);
    assertThatThrownBy(() -> write(user -> true))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("There is no store");
  }

  @Test
  void aBackupIsPutBackIntoAnEmptyFolderOnly() throws IOException {
    write(user -> true);
    Files.createDirectories(target);
    Files.writeString(target.resolve("theirs"), "");
    assertThatThrownBy(() -> restore().from(file))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("theirs is in it");
    Files.delete(target.resolve("theirs"));
    Store.open(target).close();
    assertThatThrownBy(() -> restore().from(file)).isInstanceOf(Refused.class);
    assertThat(target.resolve("vms")).doesNotExist();
  }

  /** 200 of its bits, and 60 lengths: each is refused with nothing written, or all is right. */
  @Test
  void aDamagedBackupIsRefusedBeforeAnythingIsWrittenOrReadRight() throws IOException {
    write(user -> true);
    byte[] good = Files.readAllBytes(file);
    var random = new Random(42);
    int harmless = 0;
    String disk = "vms/vm-0000000a/root.raw";
    for (int number = 0; number < 260; number++) {
      byte[] bad = good.clone();
      if (number < 200) {
        bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      } else {
        bad = Arrays.copyOf(bad, random.nextInt(bad.length));
      }
      Path broken = Files.write(folder.resolve("broken"), bad);
      try {
        restore().from(broken);
        harmless++; // A bit that no reader of zstd looks at.
        assertThat(Files.mismatch(target.resolve(disk), data.resolve(disk))).isEqualTo(-1);
        DurableFiles.deleteTree(target);
        DurableFiles.deleteTree(restoredSettings);
      } catch (Refused e) {
        assertThat(e).as("case " + number).hasMessageContaining("is no whole backup");
      }
      assertThat(target).doesNotExist();
    }
    assertThat(harmless).isLessThan(10);
  }

  @Test
  void aRestoreThatWasCutOffIsBegunAgainAndNoDaemonStartsMeanwhile() throws IOException {
    write(user -> true);
    Files.createDirectories(target.resolve("restore/data/vms"));
    Files.createDirectories(target.resolve("vms/vm-0000000a"));
    Files.writeString(target.resolve("installation-id"), "ffff\n");
    assertThatThrownBy(() -> Store.open(target))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is being put back");
    restore().from(file);
    assertThat(target.resolve("vms/vm-0000000a/root.raw")).exists();
    Store.open(target).close();
  }

  @Test
  void settingsThatAreThereStay() throws IOException {
    write(user -> false);
    Files.createDirectories(restoredSettings);
    Files.writeString(restoredSettings.resolve("visco.toml"), "listen = \"127.0.0.1:3001\"\n");
    assertThat(restore().from(file).kept()).containsExactly(restoredSettings.resolve("visco.toml"));
    assertThat(restoredSettings.resolve("visco.toml")).content().contains("3001");
    assertThat(restoredSettings.resolve("visco.toml.from-backup"))
        .content()
        .contains("spare-slots");
  }

  @Test
  void anInstallationThatIsStillOnTheHostIsNotMadeTwice() throws Exception {
    write(user -> false);
    String id = Files.readString(data.resolve("installation-id")).strip();
    Process process =
        new ProcessBuilder("sh", "-c", "read x", "visco-" + id + "-vm-0000000a").start();
    try {
      assertThatThrownBy(() -> restore().from(file))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("process " + process.pid());
      assertThat(target).doesNotExist();
    } finally {
      process.destroyForcibly().waitFor();
    }
    restore().from(file);
  }

  @Test
  void whatLeadsOutOfTheFolderIsRefused() throws IOException {
    for (String name :
        List.of(
            "../etc/passwd", "/etc/passwd", "data/../../x", "data", "elsewhere/x", "data/a/./b")) {
      Path evil = folder.resolve("evil");
      Files.deleteIfExists(evil);
      try (var out = Files.newOutputStream(evil);
          var archive = new ArchiveWriter(out, "write", 1, Progress.SILENT)) {
        archive.bytes(
            BackupHeader.KIND.header(),
            dev.visco.wire.Json.bytes(
                new BackupHeader(1, "x", 1, NOW, "0000", "/x", List.of(), List.of(), 1)));
        archive.bytes(name, new byte[1]);
        archive.finish();
      }
      assertThatThrownBy(() -> restore().from(evil))
          .as(name)
          .isInstanceOf(Refused.class)
          .hasMessageContaining("is no file that a backup has");
    }
  }

  @Test
  void aNewerVersionsBackupIsRefused() throws IOException {
    try (var out = Files.newOutputStream(file);
        var archive = new ArchiveWriter(out, "write", 1, Progress.SILENT)) {
      archive.bytes(
          BackupHeader.KIND.header(),
          dev.visco.wire.Json.bytes(
              new BackupHeader(2, "9.1", 1, NOW, "0000", "/x", List.of(), List.of(), 1)));
      archive.finish();
    }
    assertThatThrownBy(() -> restore().from(file))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("newer Visco (9.1)");
  }

  @Test
  void aTargetThatCannotBeWrittenLeavesNothing() {
    assertThatThrownBy(() -> backup().write(Path.of("/proc/visco-backup"), user -> true, null, NOW))
        .isInstanceOf(HostFault.class);
  }
}
