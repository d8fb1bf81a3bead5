package dev.visco.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.model.VmmUsers;
import dev.visco.vmm.release.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest's memory on disk is for root, and for the VMMs that restore it, in their jails. */
class SnapshotManifestTest {
  private static final int NOBODY = 65_534;
  private static final int VMM = 1_000_000_003;
  private static final int OTHER_VMM = 1_000_000_004;
  private final LinuxHost host = new LinuxHost();
  @TempDir Path folder;

  private boolean reads(int uid, Path file) {
    return reads(uid, uid == NOBODY ? NOBODY : VmmUsers.GROUP, file);
  }

  private boolean reads(int uid, int gid, Path file) {
    return host.run(
            Command.of(
                "setpriv", "--reuid=" + uid, "--regid=" + gid, "--clear-groups", "cat", file + ""))
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
    SnapshotManifest.lend(snapshot, Jail.SNAPSHOT_MEMORY);
    Path inside = jail(VMM).resolve(Jail.LOADED_MEMORY);
    Files.createLink(inside, memory);
    SnapshotManifest.lend(snapshot, Jail.SNAPSHOT_MEMORY);
    Path other = jail(OTHER_VMM).resolve(Jail.LOADED_MEMORY);
    Files.createLink(other, memory);
    assertThat(reads(VMM, inside)).isTrue();
    assertThat(reads(OTHER_VMM, other)).isTrue();
    assertThat(reads(OTHER_VMM, inside)).isFalse();
    for (int uid : List.of(NOBODY, VMM, OTHER_VMM)) {
      assertThat(reads(uid, memory)).as("uid %d, outside its jail", uid).isFalse();
    }
    assertThat(reads(NOBODY, inside)).isFalse();
    assertThat(reads(VMM, NOBODY, inside)).as("whoever else comes in").isFalse();
    assertThat(Files.getAttribute(memory, "unix:uid", LinkOption.NOFOLLOW_LINKS))
        .as("its reader may not write to it")
        .isEqualTo(0);
  }

  private Path jail(int uid) throws IOException {
    Path root = Files.createDirectory(folder.resolve("jail-" + uid));
    new Jail(folder, root).handOver(uid);
    return root;
  }
}
