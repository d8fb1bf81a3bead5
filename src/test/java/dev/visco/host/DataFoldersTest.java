package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.VmmUsers;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who gets to what in the data folder. */
class DataFoldersTest {
  private static final int NOBODY = 65_534;
  private final LinuxHost host = new LinuxHost();
  @TempDir Path temporary;
  private Path data;

  @BeforeEach
  void make() throws IOException {
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwx--x--x"));
    data = DataFolders.passable(temporary.resolve("data"));
  }

  private Path file(String name, String mode) throws IOException {
    Path file = data.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "secret");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private boolean reads(int uid, String groups, Path file) {
    return host.run(
            Command.of("setpriv", "--reuid=" + uid, "--regid=" + uid, groups, "cat", file + ""))
        .succeeded();
  }

  @Test
  void whatLiesInAVmmsFolderIsReadByVmmsAloneWhateverItsOwnMode() throws IOException {
    DataFolders.forVmms(data.resolve("objects"));
    Path disk = file("objects/4711", "r--r--r--");
    assertThat(reads(NOBODY, "--clear-groups", disk)).isFalse();
    assertThat(reads(1_000_000_007, "--clear-groups", disk)).isFalse();
    assertThat(reads(1_000_000_007, "--groups=" + VmmUsers.GROUP, disk)).isTrue();
    assertThat(
            host.run(
                    Command.of(
                        "setpriv",
                        "--reuid=1000000007",
                        "--clear-groups",
                        "--regid=" + VmmUsers.GROUP,
                        "ls",
                        data.resolve("objects") + ""))
                .succeeded())
        .as("the names of all images")
        .isFalse();
  }

  @Test
  void othersLoseWhatAnEarlierVersionGaveThem() throws IOException {
    Path memory = file("vms/vm-1/snapshots/s/machine/snapshot.memory", "r--r--r--");
    Path evidence = file("vms/vm-1/evidence.json", "rw-r--r--");
    Path disk = file("vms/vm-1/root.raw", "rw-------");
    Path image = file("images/objects/1", "r--r--r--");
    Path tool = file("tool", "rwxr-xrwx");
    Path outside = Files.writeString(temporary.resolve("outside"), "");
    Files.setPosixFilePermissions(outside, PosixFilePermissions.fromString("rw-r--r--"));
    Files.createSymbolicLink(data.resolve("link"), outside);
    Files.createSymbolicLink(data.resolve("folder"), temporary);
    host.check(Command.of("mkfifo", "-m", "644", data.resolve("fifo") + ""));
    Files.setPosixFilePermissions(
        data.resolve("vms/vm-1"), PosixFilePermissions.fromString("rwxr-xrwx"));

    DataFolders.closeToOthers(data, below -> below.startsWith("images"));

    assertThat(mode(memory)).isEqualTo("r--r-----");
    assertThat(mode(evidence)).isEqualTo("rw-r-----");
    assertThat(mode(disk)).isEqualTo("rw-------");
    assertThat(mode(tool)).isEqualTo("rwxr-x---");
    assertThat(mode(data.resolve("vms/vm-1"))).isEqualTo("rwxr-x--x");
    assertThat(mode(image)).as("left").isEqualTo("r--r--r--");
    assertThat(mode(outside)).as("no link is followed").isEqualTo("rw-r--r--");
    for (Path closed : new Path[] {memory, evidence, disk, tool}) {
      assertThat(reads(NOBODY, "--clear-groups", closed)).as("%s", closed).isFalse();
    }
  }

  /** Whoever opens and closes a file gives back all locks of its process on it. */
  @Test
  void locksThatThisProcessHoldsStay() throws IOException {
    Path lock = file("lock", "rw-r--r--");
    try (var channel = FileChannel.open(lock, StandardOpenOption.WRITE);
        var held = channel.lock()) {
      assertThat(held.isValid()).isTrue();
      DataFolders.closeToOthers(data, below -> false);
      assertThat(mode(lock)).isEqualTo("rw-r-----");
      assertThat(Files.readString(Path.of("/proc/locks")))
          .contains(":" + Files.getAttribute(lock, "unix:ino") + " ");
    }
  }
}
