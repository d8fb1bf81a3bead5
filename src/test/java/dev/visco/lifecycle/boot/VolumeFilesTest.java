package dev.visco.lifecycle.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.VolumeId;
import dev.visco.network.Networks;
import dev.visco.network.Uplink;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
}
