package dev.visco.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.vmm.release.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest's memory on disk is for root, and for the one VMM that restores it. */
class SnapshotManifestTest {
  private static final int NOBODY = 65_534;
  private static final int VMM = 1_000_000_003;
  private static final int OTHER_VMM = 1_000_000_004;
  private final LinuxHost host = new LinuxHost();
  @TempDir Path folder;

  private boolean reads(int uid, Path file) {
    return host.run(
            Command.of(
                "setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups", "cat", file + ""))
        .succeeded();
  }

  @Test
  void nobodyElseReadsASnapshot() throws IOException {
    for (Path passed : List.of(folder, folder.resolve("jail"), folder.resolve("snapshot"))) {
      Files.createDirectories(passed);
      Files.setPosixFilePermissions(passed, PosixFilePermissions.fromString("rwx--x--x"));
    }
    Path snapshot = folder.resolve("snapshot");
    Path written = folder.resolve("jail").resolve(Jail.SNAPSHOT_MEMORY);
    Files.writeString(written, "a password in a guest's memory");
    Files.setAttribute(written, "unix:uid", VMM);
    SnapshotManifest.take(new Jail(folder, folder.resolve("jail")), Jail.SNAPSHOT_MEMORY, snapshot);
    new SnapshotManifest(Version.of("1.16.1"), "tap0", false).write(snapshot);
    Path memory = snapshot.resolve(Jail.SNAPSHOT_MEMORY);
    for (int uid : List.of(NOBODY, VMM, OTHER_VMM)) {
      assertThat(reads(uid, memory)).as("uid %d", uid).isFalse();
      assertThat(reads(uid, snapshot.resolve("snapshot.json"))).as("uid %d", uid).isFalse();
    }
    SnapshotManifest.lend(snapshot, Jail.SNAPSHOT_MEMORY, VMM);
    assertThat(reads(VMM, memory)).isTrue();
    assertThat(reads(OTHER_VMM, memory)).isFalse();
    assertThat(reads(NOBODY, memory)).isFalse();
    assertThat(Files.getAttribute(memory, "unix:uid", LinkOption.NOFOLLOW_LINKS))
        .as("its reader may not write to it")
        .isEqualTo(0);
  }
}
