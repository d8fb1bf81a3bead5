package dev.visco.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import dev.visco.archive.ArchiveWriter;
import dev.visco.host.Command;
import dev.visco.host.DiskRoom;
import dev.visco.host.DurableFiles;
import dev.visco.host.LinuxHost;
import dev.visco.host.PosixTar;
import dev.visco.image.Disks;
import dev.visco.image.Images;
import dev.visco.image.MadeImages;
import dev.visco.image.QcowHeader;
import dev.visco.lifecycle.SnapshotKeys;
import dev.visco.lifecycle.SnapshotStore.SealedSnapshot;
import dev.visco.lifecycle.SnapshotUses;
import dev.visco.lifecycle.boot.SnapshotFiles;
import dev.visco.model.DiskReserve;
import dev.visco.model.KernelSpec;
import dev.visco.model.Life;
import dev.visco.model.MachineShape;
import dev.visco.model.Origin.FromImage;
import dev.visco.model.Progress;
import dev.visco.model.Purpose;
import dev.visco.model.Refused;
import dev.visco.model.Snapshot;
import dev.visco.model.SnapshotConsistency;
import dev.visco.model.SnapshotDetails;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.SnapshotRetention;
import dev.visco.model.SnapshotState;
import dev.visco.model.Transport;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.session.SnapshotKeyring;
import dev.visco.session.VmKeyring;
import dev.visco.store.EventKind;
import dev.visco.store.EventRows;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.store.Store;
import dev.visco.store.VmRows;
import dev.visco.wire.Json;
import dev.visco.wire.SpecJson;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is in snapshots, on a real disk. */
class SnapshotContentsTest {
  private static final UserId ANNA = new UserId("anna");
  private static final UserId BERT = new UserId("bert");
  private static final VmId VM = new VmId("vm-00000001");

  @TempDir private Path data;
  private final LinuxHost host = new LinuxHost();
  private final Random random = new Random(17);
  private Store store;
  private SnapshotRows rows;
  private Images images;
  private SnapshotFiles files;
  private SnapshotUses uses;
  private SnapshotKeys keys;
  private SnapshotContents contents;

  @BeforeEach
  void start() throws IOException {
    store = Store.open(data);
    rows = new SnapshotRows(store, "local", InstantSource.system());
    images = MadeImages.with(host, data.resolve("images"), "cli");
    Path vms = data.resolve("vms");
    DiskRoom room = DiskRoom.of(data, DiskReserve.NONE);
    files = new SnapshotFiles(vms, data.resolve("snapshots"), new Disks(host), room, room);
    uses = new SnapshotUses(new VmRows(store, "local"), rows, files, random);
    keys =
        new SnapshotKeys(
            rows,
            VmKeyring.inFolders(vms),
            SnapshotKeyring.inFolders(data.resolve("snapshots")),
            _ -> {});
    contents =
        new SnapshotContents(
            rows, uses, files, keys, images, "0.1.0", 4096, InstantSource.system(), random);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static String spec() {
    return SpecJson.line(
        new VmSpec(
            ANNA,
            Purpose.USER,
            "cli",
            new FromImage("cli"),
            new MachineShape(Transport.MMIO, 2, 32),
            KernelSpec.ORDINARY,
            new Life(null, Duration.ofSeconds(30)),
            VmSpec.QEMU));
  }

  private SnapshotRow row(String name) {
    return rows.find("anna", name).orElseThrow();
  }

  /** One that is whole, as a VMM and the daemon write it. */
  private SnapshotRow whole(String name, @Nullable String parent) throws IOException {
    SnapshotPlace place = SnapshotPlace.random(random);
    Path folder = files.folder(place);
    rows.insert(
        new SnapshotRow(
            name,
            VM,
            "anna",
            spec(),
            images.image("cli").digest().value(),
            "qemu",
            0,
            folder.toString(),
            7,
            null,
            null,
            SnapshotState.WRITING,
            SnapshotRetention.KEPT,
            place,
            parent,
            null,
            SnapshotConsistency.MEMORY,
            "A Processor"));
    files.makeFor(folder, 1);
    Path machine = folder.resolve("machine");
    try (var memory = new RandomAccessFile(machine.resolve("memory").toFile(), "rw")) {
      memory.setLength(32 << 20);
      memory.seek(1 << 20);
      byte[] page = new byte[8192];
      random.nextBytes(page);
      memory.write(page);
    }
    Files.writeString(machine.resolve("state"), "registers of " + name);
    Files.writeString(machine.resolve("snapshot.json"), "{}");
    Path below =
        parent == null ? images.image("cli").rootfs() : SnapshotFiles.disk(row(parent).path());
    Path disk = folder.resolve("root.qcow2");
    qemuImg(
        "create",
        "-q",
        "-f",
        "qcow2",
        "-F",
        parent == null ? "raw" : "qcow2",
        "-b",
        below + "",
        disk + "",
        "8M");
    int at = parent == null ? 1 : 2;
    host.check(Command.of("qemu-io", "-c", "write -q -P %d %dM 64k".formatted(at, at), disk + ""));
    keys.of(place).create();
    SealedSnapshot sealed = files.seal(folder);
    rows.written("anna", name, sealed.bytes(), sealed.digest().value());
    return row(name);
  }

  private void qemuImg(String... words) {
    var command = new java.util.ArrayList<>(java.util.List.of("qemu-img"));
    command.addAll(java.util.List.of(words));
    host.check(Command.of(command.toArray(String[]::new)));
  }

  private byte[] exported(String name) throws IOException {
    var out = new ByteArrayOutputStream();
    try (SnapshotContentService.Export export = contents.export(ANNA, name)) {
      export.to(out);
    }
    return out.toByteArray();
  }

  private byte[] raw(Path disk) throws IOException {
    Path raw = data.resolve("as-raw");
    qemuImg("convert", "-O", "raw", disk.toString(), raw.toString());
    byte[] content = Files.readAllBytes(raw);
    Files.delete(raw);
    return content;
  }

  private Snapshot taken(byte[] file, String name) {
    return contents.importFrom(BERT, name, new ByteArrayInputStream(file));
  }

  @Test
  void allThatIsKnownIsTold() throws IOException {
    whole("first", null);
    try (var _ = uses.hold("anna", "first", "a test")) {
      SnapshotDetails told = contents.inspect(ANNA, "first");
      assertThat(told.parts())
          .extracting(SnapshotDetails.Part::name)
          .containsExactly(
              "root.qcow2",
              "machine/parts.sha256",
              "machine/memory",
              "machine/snapshot.json",
              "machine/state");
      assertThat(told.processor()).isEqualTo("A Processor");
      assertThat(told.machine().vcpus()).isEqualTo(2);
      assertThat(told.hasKeys()).isTrue();
      assertThat(told.users()).hasSize(1);
      assertThat(told.digest()).isNotNull();
      assertThat(told.snapshot().uses()).isEqualTo(1);
    }
    assertThatThrownBy(() -> contents.inspect(BERT, "first")).isInstanceOf(Refused.class);
  }

  @Test
  void anExportMakesTheSameElsewhereWithItsKeys() throws IOException {
    SnapshotRow first = whole("first", null);
    byte[] file = exported("first");
    assertThat(file.length).as("zeros cost next to nothing").isLessThan(200 << 10);
    Snapshot made = taken(file, "second");
    assertThat(made.imported()).isNotNull();
    assertThat(made.retention()).isEqualTo(SnapshotRetention.KEPT);
    assertThat(made.isWhole()).isTrue();
    assertThat(made.vm()).isEqualTo(VM);
    SnapshotRow second = rows.find("bert", "second").orElseThrow();
    VmSpec spec = SpecJson.read(second.spec());
    assertThat(spec.owner()).isEqualTo(BERT);
    assertThat(spec.machine()).isEqualTo(SpecJson.read(first.spec()).machine());
    assertThat(second.processor()).isEqualTo("A Processor");
    for (String name : new String[] {"memory", "state", "snapshot.json"}) {
      assertThat(Files.mismatch(file(first, name), file(second, name))).isEqualTo(-1);
    }
    Path disk = SnapshotFiles.disk(second.path());
    assertThat(QcowHeader.chain(disk)).containsExactly(images.image("cli").rootfs());
    assertThat(raw(disk)).isEqualTo(raw(SnapshotFiles.disk(first.path())));
    assertThat(keys.of("bert", "second").seedFiles())
        .containsAllEntriesOf(keys.of("anna", "first").seedFiles());
    assertThat(contents.verify(BERT, "second").isWhole()).isTrue();
    assertThatThrownBy(() -> taken(file, "second")).hasMessageContaining("already");
    assertThatThrownBy(() -> taken(file, "No Name")).isInstanceOf(Refused.class);
  }

  private static Path file(SnapshotRow row, String name) {
    return row.path().resolve("machine").resolve(name);
  }

  @Test
  void anExportHasAllThatTheDiskHasOfItsParents() throws IOException {
    whole("first", null);
    SnapshotRow second = whole("second", "first");
    byte[] content = raw(SnapshotFiles.disk(second.path()));
    assertThat(content[1 << 20]).isEqualTo((byte) 1);
    assertThat(content[2 << 20]).isEqualTo((byte) 2);
    byte[] file = exported("second");
    assertThat(second.path()).isDirectoryNotContaining("glob:**.root*");
    taken(file, "alone");
    Path disk = SnapshotFiles.disk(rows.find("bert", "alone").orElseThrow().path());
    assertThat(QcowHeader.chain(disk)).containsExactly(images.image("cli").rootfs());
    assertThat(raw(disk)).isEqualTo(content);
  }

  @Test
  void whatAKilledExportLeftGoesAtTheNextStart() throws IOException {
    SnapshotRow first = whole("first", null);
    Path half = DurableFiles.half(SnapshotFiles.disk(first.path()));
    Files.writeString(half, "half");
    contents.recover();
    assertThat(half).doesNotExist();
    assertThat(contents.verify(ANNA, "first").isWhole()).isTrue();
  }

  @Test
  void aDamagedOneIsNamedByFileToldOfAndNotExported() throws IOException {
    SnapshotRow first = whole("first", null);
    assertThat(contents.verify(ANNA, "first").files()).isEqualTo(5);
    Files.writeString(file(first, "state"), "registers of others");
    try (var disk = new RandomAccessFile(SnapshotFiles.disk(first.path()).toFile(), "rw")) {
      disk.setLength(disk.length() - 1);
    }
    SnapshotContentService.SnapshotCheck check = contents.verify(ANNA, "first");
    assertThat(check.damage()).hasSize(2);
    assertThat(check.damage().getFirst()).contains("root.qcow2", "bytes instead of");
    assertThat(check.damage().getLast()).contains("machine/state", "instead of");
    assertThatThrownBy(() -> contents.export(ANNA, "first"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("machine/state");
    assertThat(new EventRows(store, "local").counts())
        .containsEntry(EventKind.SNAPSHOT_DAMAGED.word(), 2L);
    assertThat(uses.of(first)).as("nothing holds it any more").isEmpty();
  }

  /** Nothing of a file is taken in that is not as it was written. */
  @Test
  void noCutAndNoChangedByteOfAFileIsTakenIn() throws IOException {
    whole("first", null);
    byte[] good = exported("first");
    for (int number = 0; number < 60; number++) {
      byte[] bad = good.clone();
      bad[random.nextInt(bad.length)] ^= (byte) (1 + random.nextInt(255));
      assertNotTaken(bad);
      assertNotTaken(java.util.Arrays.copyOf(good, random.nextInt(good.length)));
    }
    assertThat(taken(good, "good").isWhole()).isTrue();
  }

  private void assertNotTaken(byte[] file, String... said) {
    assertThatThrownBy(() -> taken(file, "hostile"))
        .isInstanceOf(Refused.class)
        .satisfies(e -> {
          for (String part : said) {
            assertThat(e).hasMessageContaining(part);
          }
        });
    assertThat(rows.find("bert", "hostile")).isEmpty();
    try (var left = Files.list(data.resolve("snapshots"))) {
      assertThat(left).as("one alone: that of anna").hasSize(1);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** An archive that somebody wrote by hand, with digests that are right. */
  private byte[] archive(
      UnaryOperator<SnapshotHeader> header, UnaryOperator<Map<String, byte[]>> entries)
      throws IOException {
    SnapshotRow first = row("first");
    var all = new LinkedHashMap<String, byte[]>();
    for (var part : SnapshotFiles.parts(first.path())) {
      all.put(part.name(), Files.readAllBytes(first.path().resolve(part.name())));
    }
    Map<String, byte[]> files = entries.apply(all);
    long bytes = files.values().stream().mapToLong(one -> one.length).sum();
    var out = new ByteArrayOutputStream();
    try (var archive = new ArchiveWriter(out, "write", 1, Progress.SILENT)) {
      archive.bytes(
          "snapshot.json",
          Json.bytes(
              header.apply(
                  new SnapshotHeader(
                      1,
                      "0.1.0",
                      Instant.EPOCH,
                      "first",
                      VM.value(),
                      spec(),
                      first.image(),
                      "cli",
                      0,
                      Instant.EPOCH,
                      "memory",
                      null,
                      bytes,
                      bytes))));
      for (var file : files.entrySet()) {
        archive.bytes(file.getKey(), file.getValue());
      }
      archive.finish();
    }
    return out.toByteArray();
  }

  private static UnaryOperator<Map<String, byte[]>> with(String name, byte @Nullable [] content) {
    return files -> {
      if (content == null) {
        files.remove(name);
      } else {
        files.put(name, content);
      }
      return files;
    };
  }

  private static SnapshotHeader sized(SnapshotHeader one, int format, String image, long bytes) {
    return new SnapshotHeader(
        format,
        one.program(),
        one.exported(),
        one.name(),
        one.vm(),
        one.spec(),
        image,
        one.imageName(),
        one.snapshotFormat(),
        one.taken(),
        one.consistency(),
        one.processor(),
        bytes,
        Math.min(bytes, one.data()));
  }

  @Test
  void whatIsNoSnapshotOfOursIsRefusedAndLeavesNothing() throws IOException {
    whole("first", null);
    UnaryOperator<SnapshotHeader> same = one -> one;
    UnaryOperator<Map<String, byte[]>> all = files -> files;
    byte[] small = "x".getBytes(StandardCharsets.UTF_8);
    assertThat(taken(archive(same, all), "fine").isWhole()).isTrue();
    new SnapshotCollector(new VmRows(store, "local"), rows, files, uses, keys)
        .remove(rows.find("bert", "fine").orElseThrow());

    assertNotTaken("no archive at all".getBytes(StandardCharsets.UTF_8), "is no whole snapshot");
    assertNotTaken(archive(one -> sized(one, 2, one.image(), one.bytes()), all), "its format is 2");
    assertNotTaken(
        archive(one -> sized(one, 1, "sha256:" + "0".repeat(64), one.bytes()), all),
        "needs the image cli",
        "sha256:000");
    assertNotTaken(
        archive(one -> sized(one, 1, one.image(), 1L << 60), all), "sizes that it tells cannot be");
    assertNotTaken(
        archive(one -> sized(one, 1, one.image(), 4096), all), "it has more than it tells");
    for (String name :
        new String[] {
          "../x", "/etc/x", "row.json", "parts.sha256", "machine/../x", "machine/a/b", "keys/../x"
        }) {
      assertNotTaken(archive(same, with(name, small)), "no file that a snapshot has");
    }
    assertNotTaken(archive(same, with("keys/long", new byte[20 << 10])), "too long for a key");
    assertNotTaken(archive(same, with("root.qcow2", null)), "not exactly one disk");
    assertNotTaken(archive(same, with("root.raw", small)), "not exactly one disk");
    assertNotTaken(archive(same, with("root.qcow2", small)), "of its disk", "no qcow2");
    assertNotTaken(archive(same, with("machine/parts.sha256", null)), "parts.sha256");
    assertNotTaken(archive(same, with("machine/state", small)), "machine/state");
    assertNotTaken(archive(same, with("machine/memory", null)), "machine/memory");
    assertNotTaken(
        archive(
            one ->
                new SnapshotHeader(
                    1,
                    "",
                    one.exported(),
                    "x",
                    one.vm(),
                    "{}",
                    one.image(),
                    "",
                    0,
                    one.taken(),
                    "memory",
                    null,
                    one.bytes(),
                    one.data()),
            all));
  }

  /** QEMU would open the host's files for it. */
  @Test
  void aDiskThatNamesOtherFilesIsRefusedOrLaidOverTheImage() throws IOException {
    whole("first", null);
    UnaryOperator<SnapshotHeader> same = one -> one;
    Path secret = Files.write(data.resolve("secret"), new byte[8 << 20]);
    Path external = data.resolve("external.qcow2");
    qemuImg(
        "create",
        "-q",
        "-f",
        "qcow2",
        "-o",
        "data_file=" + secret + ",data_file_raw=on",
        external + "",
        "8M");
    assertNotTaken(
        archive(same, with("root.qcow2", Files.readAllBytes(external))),
        "of its disk",
        "features that are not known");
    Path over = data.resolve("over.qcow2");
    qemuImg("create", "-q", "-f", "qcow2", "-F", "raw", "-b", secret + "", over + "");
    taken(archive(same, with("root.qcow2", Files.readAllBytes(over))), "over");
    assertThat(QcowHeader.chain(SnapshotFiles.disk(rows.find("bert", "over").orElseThrow().path())))
        .containsExactly(images.image("cli").rootfs());
  }

  @Test
  void aLinkInAnArchiveIsRefused() throws IOException {
    whole("first", null);
    var out = new ByteArrayOutputStream();
    try (var zstd = new ZstdOutputStream(out);
        var tar = PosixTar.writer(zstd)) {
      byte[] header =
          Json.bytes(
              new SnapshotHeader(
                  1,
                  "0",
                  Instant.EPOCH,
                  "first",
                  VM.value(),
                  spec(),
                  row("first").image(),
                  "cli",
                  0,
                  Instant.EPOCH,
                  "memory",
                  null,
                  10,
                  10));
      var first = new TarArchiveEntry("snapshot.json");
      first.setSize(header.length);
      tar.putArchiveEntry(first);
      tar.write(header);
      tar.closeArchiveEntry();
      var link = new TarArchiveEntry("root.raw", TarConstants.LF_SYMLINK);
      link.setLinkName("/etc/shadow");
      tar.putArchiveEntry(link);
      tar.closeArchiveEntry();
    }
    assertNotTaken(out.toByteArray(), "root.raw", "no file that a snapshot has");
  }

  @Test
  void oneOfAnEarlyVersionCannotBeChecked() throws IOException {
    SnapshotRow first = whole("first", null);
    rows.remove("anna", "first");
    rows.insert(
        new SnapshotRow(
            "first",
            VM,
            "anna",
            spec(),
            first.image(),
            "qemu",
            0,
            first.folder(),
            7,
            9L,
            null,
            SnapshotState.WHOLE,
            SnapshotRetention.VM,
            Objects.requireNonNull(first.place()),
            null,
            null,
            SnapshotConsistency.MEMORY,
            null));
    assertThatThrownBy(() -> contents.verify(ANNA, "first"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("no digests");
  }
}
