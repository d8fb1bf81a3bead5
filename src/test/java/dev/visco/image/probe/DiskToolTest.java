package dev.visco.image.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.LinuxHost;
import dev.visco.model.VmmUsers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskToolTest {
  @TempDir private Path folder;
  private Path disk;
  private DiskTool tool;

  @BeforeEach
  void makeDisk() throws IOException {
    disk = Files.writeString(folder.resolve("disk"), "what is on it");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    Files.setPosixFilePermissions(disk, PosixFilePermissions.fromString("rw-------"));
    tool = new DiskTool(new LinuxHost(), disk);
  }

  @Test
  void runsProgramsAsAUserThatOwnsNothingElse() throws IOException {
    assertThat(tool.run("", "id", "-u").output().strip()).isEqualTo("" + VmmUsers.TOOLS);
    assertThat(tool.run("", "id", "-G").output().strip()).isEqualTo("" + VmmUsers.TOOLS);
    assertThat(tool.run("", "grep", "-c", "NoNewPrivs:.1", "/proc/self/status").output())
        .isEqualTo("1\n");
    assertThat(tool.run("", "cat", "/proc/net/dev").output()).contains("lo:").doesNotContain("eth");
    assertThat(tool.run("", "cat", DiskTool.DISK).output()).isEqualTo("what is on it");
    Path secret = Files.writeString(folder.resolve("secret"), "root's");
    assertThat(tool.run("", "cat", secret.toString()).succeeded()).isFalse();
    assertThat(tool.run("", "cp", "/etc/hostname", folder + "/new").succeeded()).isFalse();
    assertThat(Files.getAttribute(disk, "unix:uid")).isEqualTo(0);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(disk)))
        .isEqualTo("rw-------");
  }

  @Test
  void theDiskIsNotWrittenTo() throws IOException {
    assertThat(tool.run("", "truncate", "-s", "0", DiskTool.DISK).succeeded()).isFalse();
    assertThat(Files.readString(disk)).isEqualTo("what is on it");
  }

  @Test
  void aCopyHasABoundAndIsRoots() throws IOException {
    Path copy = folder.resolve("copy");
    assertThat(tool.copy(copy, 100, "cat", DiskTool.DISK).succeeded()).isTrue();
    assertThat(copy).hasContent("what is on it");
    assertThat(Files.getAttribute(copy, "unix:uid")).isEqualTo(0);
    Path cut = folder.resolve("cut");
    assertThat(tool.copy(cut, 4, "cat", DiskTool.DISK).succeeded()).isFalse();
    assertThat(cut).hasContent("what");
  }

  @Test
  void aDiskThatEverybodyMayReadStaysAsItIs() throws IOException {
    Files.setPosixFilePermissions(disk, PosixFilePermissions.fromString("r--r--r--"));
    assertThat(tool.run("", "stat", "--dereference", "--format=%u %a", DiskTool.DISK).output())
        .isEqualTo("0 444\n");
  }
}
