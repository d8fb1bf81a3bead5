package dev.visco.lifecycle.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.lifecycle.StagedVolume;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.Refused;
import dev.visco.model.VolumeId;
import dev.visco.network.Networks;
import dev.visco.network.Uplink;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of volumes on this host, made by the real tools. */
class VolumeFilesTest {
  private static final VolumeId DATA = new VolumeId("vol-0000000a");
  private static final long BYTES = 64 << 20;
  private final LinuxHost host = new LinuxHost();
  @TempDir private Path folder;
  private VolumeFiles files;

  @BeforeEach
  void open() {
    files =
        new VolumeFiles(
            host,
            folder.resolve("volumes"),
            new Networks(
                host,
                new InstallationId("0a1b"),
                Cidr.of("pool", "10.7.0.0/24"),
                new Uplink(Ipv4.of("nameserver", "10.1.1.1"))));
  }

  private Path file() {
    return folder.resolve("volumes/vol-0000000a.img");
  }

  private String superblock() {
    return host.check(Command.of("dumpe2fs", "-h", file().toString())).output();
  }

  @Test
  void aNewOneIsSparseAndHasALabelledFileSystem() throws Exception {
    files.make(DATA, BYTES);
    assertThat(file()).hasSize(BYTES);
    assertThat(superblock())
        .contains("volume name:   vol-0000000a", "has_journal", "Block count:              16384");
    host.check(Command.of("e2fsck", "-f", "-n", file().toString()));
    assertThat(files.taken(Set.of(DATA, new VolumeId("vol-0000000b"))))
        .containsEntry(new VolumeId("vol-0000000b"), 0L)
        .hasEntrySatisfying(DATA, taken -> assertThat(taken).isBetween(4096L, BYTES / 2));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
    assertThat(Files.getAttribute(file(), "unix:uid")).isEqualTo(0);
    files.make(DATA, BYTES); // Safe to repeat.
    assertThat(folder.resolve("volumes")).isDirectoryContaining("glob:**/vol-*.img");
    files.remove(DATA);
    files.remove(DATA);
    assertThat(folder.resolve("volumes")).isEmptyDirectory();
  }

  @Test
  void whatWasNeverFinishedIsSweptAndWhatIsWholeIsTold() throws Exception {
    assertThat(files.sweep()).isEmpty();
    files.make(DATA, BYTES);
    Files.writeString(DurableFiles.half(file()), "half");
    Files.writeString(folder.resolve("volumes/notes.txt"), "somebody's");
    assertThat(files.sweep()).containsExactly(DATA);
    try (var left = Files.list(folder.resolve("volumes"))) {
      assertThat(left.map(one -> one.getFileName().toString()))
          .containsExactlyInAnyOrder("vol-0000000a.img", "notes.txt");
    }
  }

  @Test
  void ofOneThatCannotBeMadeNothingIsLeft() throws Exception {
    Files.writeString(folder.resolve("volumes"), "no folder");
    assertThatThrownBy(() -> files.make(DATA, BYTES)).isInstanceOf(HostFault.class);
    Files.delete(folder.resolve("volumes"));
    assertThatThrownBy(() -> files.make(DATA, 1024)).isInstanceOf(HostFault.class);
    assertThat(folder.resolve("volumes")).isEmptyDirectory();
    assertThat(files.taken(Set.of(DATA))).isEqualTo(Map.of(DATA, 0L));
  }

  private void put(String name, String content) throws Exception {
    Path source = Files.writeString(folder.resolve("content"), content);
    host.check(
        Command.of("debugfs", "-w", "-R", "write " + source + " " + name, file().toString()));
  }

  private String content(String name) {
    return host.check(Command.of("debugfs", "-R", "cat " + name, file().toString())).output();
  }

  @Test
  void itGrowsWithAllThatIsInIt() throws Exception {
    files.make(DATA, BYTES);
    put("kept", "what a guest wrote");
    files.mend(DATA);
    files.grow(DATA, 8 * BYTES);
    assertThat(superblock()).contains("Block count:              131072");
    assertThat(content("kept")).isEqualTo("what a guest wrote");
    host.check(Command.of("e2fsck", "-f", "-n", file().toString()));
    files.grow(DATA, BYTES);
    assertThat(file()).as("it never becomes smaller").hasSize(8 * BYTES);
  }

  private void damage(Path image) throws Exception {
    try (var open = new java.io.RandomAccessFile(image.toFile(), "rw")) {
      // The first group's descriptors, bitmaps and inode table.
      open.seek(4096);
      open.write(new byte[2 << 20]);
    }
  }

  @Test
  void oneThatIsDamagedIsRefused() throws Exception {
    files.make(DATA, BYTES);
    damage(file());
    assertThatThrownBy(() -> files.mend(DATA))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("The volume's file system is damaged");
    assertThat(Files.getAttribute(file(), "unix:uid")).as("it is root's again").isEqualTo(0);
  }

  private static final VolumeId COPY = new VolumeId("vol-0000000c");

  private byte[] exported() throws Exception {
    var out = new ByteArrayOutputStream();
    files.export(DATA, out);
    return out.toByteArray();
  }

  private StagedVolume receive(byte[] bytes) throws Exception {
    return files.receive(COPY, new ByteArrayInputStream(bytes), 1 << 30, written -> {});
  }

  @Test
  void whatIsExportedComesBackAndAnyToolReadsIt() throws Exception {
    files.make(DATA, 8 * BYTES);
    put("kept", "what a guest wrote");
    byte[] packed = exported();
    assertThat(packed.length).as("holes take no room").isLessThan(2 << 20);
    Path file = Files.write(folder.resolve("data.img.gz"), packed);
    host.check(Command.of("gunzip", file.toString()));
    assertThat(Files.mismatch(folder.resolve("data.img"), file())).isEqualTo(-1);
    try (StagedVolume staged = receive(packed)) {
      assertThat(staged.bytes()).isEqualTo(8 * BYTES);
      staged.finish();
    }
    Path copy = folder.resolve("volumes/vol-0000000c.img");
    assertThat(host.check(Command.of("debugfs", "-R", "cat kept", copy.toString())).output())
        .isEqualTo("what a guest wrote");
    assertThat(host.check(Command.of("e2label", copy.toString())).output().strip())
        .isEqualTo("vol-0000000c");
    assertThat(files.taken(Set.of(COPY)).get(COPY)).isLessThan(BYTES);
    assertThat(Files.getAttribute(copy, "unix:uid")).isEqualTo(0);
  }

  @Test
  void aPlainFileSystemIsTakenToo() throws Exception {
    Path plain = folder.resolve("plain.img");
    host.check(Command.of("mke2fs", "-q", "-t", "ext4", plain.toString(), "32M"));
    try (StagedVolume staged = receive(Files.readAllBytes(plain))) {
      assertThat(staged.bytes()).isEqualTo(32 << 20);
    }
    assertThat(folder.resolve("volumes")).as("it was not finished").isEmptyDirectory();
  }

  private void assertRefused(byte[] bytes, String said) {
    assertThatThrownBy(() -> receive(bytes)).isInstanceOf(Refused.class).hasMessageContaining(said);
    assertThat(folder.resolve("volumes")).isEmptyDirectory();
  }

  @Test
  void whatIsNoSoundFileSystemIsRefusedAndNothingIsLeft() throws Exception {
    files.make(DATA, BYTES);
    byte[] whole = exported();
    Path damaged = folder.resolve("damaged.img");
    Files.copy(file(), damaged);
    damage(damaged);
    files.remove(DATA);
    assertRefused("no file system".getBytes(StandardCharsets.UTF_8), "is no ext4 file system");
    assertRefused(new byte[0], "is no ext4 file system");
    assertRefused(Files.readAllBytes(damaged), "is damaged");
    byte[] plain =
        new java.util.zip.GZIPInputStream(new ByteArrayInputStream(whole)).readAllBytes();
    assertRefused(Arrays.copyOf(plain, 20 << 20), "is not whole");
    assertThatThrownBy(() -> receive(Arrays.copyOf(whole, whole.length - 10)))
        .as("it broke off")
        .isInstanceOf(IOException.class);
    assertThat(folder.resolve("volumes")).isEmptyDirectory();
    assertThatThrownBy(
            () -> files.receive(COPY, new ByteArrayInputStream(whole), 32 << 20, written -> {}))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("has more than 32m");
    assertThatThrownBy(() ->
            files.receive(
                COPY,
                new ByteArrayInputStream(whole),
                1 << 30,
                written -> {
                  throw new IllegalStateException("no room");
                }))
        .hasMessage("no room");
    assertThat(folder.resolve("volumes")).isEmptyDirectory();
  }
}
