package dev.visco.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.archive.ArchiveReader;
import dev.visco.host.LinuxHost;
import dev.visco.model.Progress;
import dev.visco.model.Refused;
import dev.visco.model.TokenRole;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.NewVm;
import dev.visco.store.Store;
import dev.visco.store.TokenRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.store.VmStates;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A host with a data folder that has a stopped VM of each of two users, and an empty one beside it.
 *
 * @param folder in which all of it lies
 */
record SampleHost(Path folder) {
  static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  static final VmId ANNAS = new VmId("vm-0000000a");
  static final VmId BOBS = new VmId("vm-0000000b");
  static final String DISK = "vms/vm-0000000a/root.raw";
  private static final int DISK_MIB = 8;

  Path data() {
    return folder.resolve("data");
  }

  Path configuration() {
    return folder.resolve("etc");
  }

  /** Where the backup goes. */
  Path file() {
    return folder.resolve("visco.tar.zst");
  }

  /** The data folder of the empty host. */
  Path target() {
    return folder.resolve("other");
  }

  Path targetConfiguration() {
    return folder.resolve("other-etc");
  }

  SampleHost make() throws IOException {
    Files.createDirectories(configuration());
    Files.writeString(configuration().resolve("visco.toml"), "[network]\nspare-slots = 7\n");
    try (var store = Store.open(data())) {
      store.installation(new Random(7));
      new TokenRows(store, "local")
          .add(
              "secret of the operator",
              "operator",
              TokenRole.ADMIN,
              null,
              false,
              null,
              NOW.toEpochMilli());
      insert(store, ANNAS, "anna");
      insert(store, BOBS, "bob");
      VmStates.set(store, ANNAS, VmState.STOPPED);
      VmStates.set(store, BOBS, VmState.STOPPED);
    }
    Files.writeString(data().resolve("admin-token"), "secret of the operator\n");
    return this;
  }

  private void insert(Store store, VmId id, String owner) throws IOException {
    Path vm = Files.createDirectories(data().resolve("vms").resolve(id.value()));
    try (var disk = new RandomAccessFile(vm.resolve("root.raw").toFile(), "rw")) {
      disk.setLength((long) DISK_MIB << 20);
      disk.seek(2 << 20);
      disk.writeBytes("the disk of " + owner);
      disk.seek((6 << 20) - 3);
      disk.writeBytes("and its end");
    }
    Files.setAttribute(vm.resolve("root.raw"), "unix:uid", 1_000_000_007);
    Files.setPosixFilePermissions(
        vm.resolve("root.raw"), PosixFilePermissions.fromString("rw-------"));
    Files.createDirectories(vm.resolve("keys"));
    Files.writeString(vm.resolve("keys/id_ed25519"), "key of " + owner);
    Files.createDirectories(vm.resolve("run"));
    Files.writeString(vm.resolve("run/qmp.log"), "of this boot");
    Files.createDirectories(data().resolve("images/names"));
    Files.createDirectories(data().resolve("images/objects"));
    Files.createDirectories(data().resolve("images/manifests"));
    new VmRows(store, store.host())
        .insert(
            new NewVm(
                id,
                owner,
                "{}",
                "sha256:" + "0".repeat(64),
                256,
                "open-network",
                null,
                "d",
                7,
                null),
            usage -> {});
  }

  Backup backup() {
    return backup(Progress.SILENT);
  }

  Backup backup(Progress progress) {
    return new Backup(new LinuxHost(), data(), configuration(), "0.1.0", progress);
  }

  BackupHeader write(Predicate<String> users) {
    return backup().write(file(), users, null, NOW);
  }

  Restore restore() {
    return restore(Progress.SILENT);
  }

  Restore restore(Progress progress) {
    return new Restore(
        new LinuxHost(), target(), targetConfiguration(), progress, InstantSource.fixed(NOW));
  }

  static List<String> names(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  /**
   * After a backup was killed: there is none or a whole one, the next leaves nothing else, and it
   * can be put back.
   */
  void assertBackedUpAnew(Backup.Pausing pausing, String where) throws IOException {
    if (Files.exists(file())) {
      new ArchiveReader<>(BackupHeader.KIND, Progress.SILENT)
          .read(file(), "all of it", ArchiveReader.nothing());
      assertThatThrownBy(() -> backup().write(file(), user -> true, pausing, NOW))
          .as(where)
          .isInstanceOf(Refused.class);
    } else {
      backup().write(file(), user -> true, pausing, NOW);
    }
    assertThat(names(folder)).as(where).containsExactly("data", "etc", "visco.tar.zst");
    restore().from(file());
    assertRestored(where);
  }

  /** The other host has all of it, and nothing besides. */
  void assertRestored(String where) throws IOException {
    assertThat(Files.mismatch(target().resolve(DISK), data().resolve(DISK)))
        .as(where)
        .isEqualTo(-1);
    try (var store = Store.open(target())) {
      assertThat(new VmRows(store, store.host()).list(false).stream().map(VmRow::id))
          .as(where)
          .containsExactlyInAnyOrder(ANNAS, BOBS);
      assertThat(store.findings()).as(where).isEmpty();
    }
    assertThat(names(target()))
        .as(where)
        .noneMatch(name -> name.startsWith("."))
        .doesNotContain("restore");
    assertThat(names(targetConfiguration())).as(where).isEqualTo(names(configuration()));
  }
}
