package dev.visco.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Guests whose root file system cannot be written to, with what they write on a disk beside it. */
@ExtendWith(OuterNetwork.Extension.class)
class ReadOnlyRootIT {
  @TempDir private Path folder;
  private final LinuxHost host = new LinuxHost();

  @Test
  void whatAVmWritesIsKeptOverRestartsGrowthAndSnapshots() throws Exception {
    Path root = withoutItsKernel();
    Path squashfs = folder.resolve("root.squashfs");
    check(
        "mksquashfs",
        root + "",
        squashfs + "",
        "-quiet",
        "-noappend",
        "-comp",
        "zstd",
        "-Xcompression-level",
        "1");
    Path erofs = folder.resolve("root.erofs");
    check("mkfs.erofs", "-zlz4", erofs + "", root + "");
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      imported(visco, "thin", squashfs, "squashfs");
      imported(visco, "packed", erofs, "erofs");
      String vm = visco.create("--image", "thin");
      assertOverlay(visco, vm, "squashfs", 900);
      visco.ok("exec", vm, "sh", "-c", "echo mine >/etc/mine && rm /etc/fstab; sync");
      visco.ok("stop", vm);
      visco.ok("update", vm, "--disk", "2g");
      visco.ok("start", vm);
      assertOverlay(visco, vm, "squashfs", 1800);
      assertThat(visco.ok("exec", vm, "cat", "/etc/mine")).isEqualTo("mine\n");
      visco.ok("snapshot", "create", vm, "--name", "before");
      visco.ok("exec", vm, "sh", "-c", "echo other >/etc/mine; sync");
      visco.ok("snapshot", "restore", "before");
      assertThat(visco.ok("exec", vm, "cat", "/etc/mine")).isEqualTo("mine\n");
      visco.ok("snapshot", "rm", "before");
      visco.ok("rebuild", vm, "--image", "packed", "--yes");
      assertOverlay(visco, vm, "erofs", 1800);
      assertThat(visco.run("exec", vm, "cat", "/etc/mine").exitCode()).as("is anew").isEqualTo(1);
      visco.ok("rm", vm);
    }
  }

  /** The files of a guest that is nobody's but its operator's; what no boot needs is left out. */
  private Path withoutItsKernel() throws IOException {
    Path root = Files.createDirectory(folder.resolve("root"));
    Path tar = folder.resolve("root.tar");
    String own = OwnGuest.folder().resolve("root").toString();
    var words = new ArrayList<>(List.of("tar", "-C", own, "-cf", tar.toString()));
    Stream.of("boot", "usr/lib/modules", "usr/share", "var/cache", "var/lib/apt", "usr/lib/python3")
        .forEach(left -> words.add("--exclude=./" + left + "/*"));
    words.add(".");
    check(words.toArray(String[]::new));
    check("tar", "-C", root.toString(), "-xf", tar.toString());
    Files.delete(tar);
    return root;
  }

  private void check(String... words) {
    host.check(Command.of(words).within(Duration.ofMinutes(5)));
  }

  private static void imported(ViscoUnderTest visco, String name, Path file, String type) {
    visco.ok("image", "import", name, "--rootfs", file.toString(), "--base", "cli");
    JsonNode manifest = visco.json("image", "inspect", name).path("manifest");
    assertThat(manifest.path("rootFileSystem").asString()).isEqualTo(type);
    assertThat(manifest.path("contents").path("init").asString()).endsWith("/busybox");
    assertThat(manifest.path("contents").path("sshd").asString()).isEqualTo("/usr/sbin/sshd");
    assertThat(manifest.path("unknown").toString()).doesNotContain("overlay");
  }

  private static void assertOverlay(ViscoUnderTest visco, String vm, String type, int minMib) {
    String mounts = visco.ok("exec", vm, "cat", "/proc/mounts");
    assertThat(mounts).contains("overlay / overlay rw").containsPattern(type + " ro");
    String free = visco.ok("exec", vm, "df", "-m", "/").lines().skip(1).findFirst().orElseThrow();
    assertThat(Integer.parseInt(free.strip().split(" +")[1])).isGreaterThan(minMib);
  }
}
