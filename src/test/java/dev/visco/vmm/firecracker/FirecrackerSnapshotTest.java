package dev.visco.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import dev.visco.model.BootSpec;
import dev.visco.model.Digest;
import dev.visco.model.Refused;
import dev.visco.vmm.DamagedParts;
import dev.visco.vmm.ScriptedHost;
import dev.visco.vmm.SnapshotParts;
import dev.visco.vmm.SpecBuilder;
import dev.visco.vmm.release.Release;
import dev.visco.vmm.release.Version;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which snapshots Firecracker is not even started for; a guest of 32 MiB stands for any. */
class FirecrackerSnapshotTest {
  @TempDir private Path root;
  private Path folder;
  private Path binary;
  private final SpecBuilder spec = new SpecBuilder();

  @BeforeEach
  void write() throws Exception {
    folder = Files.createDirectory(root.resolve("snapshot"));
    binary = Files.writeString(root.resolve("firecracker"), "a binary");
    Files.setPosixFilePermissions(binary, PosixFilePermissions.fromString("rwxr-xr-x"));
    spec.memoryMib = 32;
    spec.folder = root;
    spec.disks =
        List.of(new BootSpec.Disk(root.resolve("root.raw"), BootSpec.DiskFormat.RAW, false));
    var random = new Random(8);
    byte[] memory = new byte[1 << 17];
    random.nextBytes(memory);
    Files.write(folder.resolve(Jail.SNAPSHOT_MEMORY), memory);
    try (var sparse = new RandomAccessFile(folder.resolve(Jail.SNAPSHOT_MEMORY).toFile(), "rw")) {
      sparse.setLength(32 << 20);
    }
    byte[] state = new byte[20_000];
    random.nextBytes(state);
    Files.write(folder.resolve(Jail.SNAPSHOT_STATE), state);
    new SnapshotManifest(Version.of("1.16.1"), "tap0", false).write(folder);
    SnapshotParts.write(folder, SnapshotParts.names(folder));
  }

  private void check() {
    check("1.16.1");
  }

  private void check(String version) {
    try {
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(binary));
      var release =
          new Release(
              version,
              Version.of(version),
              binary,
              new Digest("sha256:" + HexFormat.of().formatHex(sum)),
              null,
              null);
      new Firecracker(new ScriptedHost(), root.resolve("cache"), release)
          .requireRestorable(spec.build(), folder);
    } catch (IOException | java.security.NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Jail.SNAPSHOT_MEMORY, Jail.SNAPSHOT_STATE, "snapshot.json"})
  void noCutAndNoFlippedBitOfAPartIsTaken(String part) throws IOException {
    DamagedParts.assertRefused(folder.resolve(part), this::check);
  }

  @Test
  void anotherReleaseIsRefused() {
    assertThatThrownBy(() -> check("1.14.4"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("Restore it with release 1.16.1");
  }

  @Test
  void anotherMachineIsRefused() {
    spec.memoryMib = 64;
    assertThatThrownBy(this::check)
        .isInstanceOf(Refused.class)
        .hasMessageContaining("33554432 bytes")
        .hasMessageContaining("64 MiB");
  }

  /** Older versions had no list, and a manifest without its files passed. */
  @Test
  void withoutAListItsFilesMustBeThereAndOfTheirSize() throws IOException {
    Files.delete(folder.resolve(SnapshotParts.LIST));
    check();
    Files.write(folder.resolve(Jail.SNAPSHOT_STATE), new byte[0]);
    assertThatThrownBy(this::check).isInstanceOf(HostFault.class).hasMessageContaining("is empty");
    Files.delete(folder.resolve(Jail.SNAPSHOT_STATE));
    assertThatThrownBy(this::check)
        .isInstanceOf(HostFault.class)
        .hasMessageContaining(Jail.SNAPSHOT_STATE);
  }
}
