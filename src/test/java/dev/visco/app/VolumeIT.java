package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.CommandResult;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a real guest writes to a volume is there in the next VM, whatever became of the first. */
class VolumeIT {
  @TempDir private Path folder;

  private static String sh(ViscoUnderTest visco, String vm, String script) {
    return visco.ok("exec", vm, "--", "sh", "-c", script);
  }

  /** MiB of the file system that is mounted there. */
  private static long mib(ViscoUnderTest visco, String vm, String path) {
    return Long.parseLong(sh(visco, vm, "df -m " + path + " | tail -n 1").trim().split("\\s+")[1]);
  }

  @ParameterizedTest
  @MethodSource("dev.visco.outer.Transports#pci")
  void aVolumeOutlivesItsVmsAndIsOnesAlone(String transport) {
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      assertThat(visco.ok("volume", "create", "data", "--size", "64m")).isEqualTo("data\n");
      visco.ok("volume", "create", "more", "--size", "32m");
      String first =
          visco.create(
              "--transport",
              transport,
              "--volume",
              "data:/srv/data",
              "--volume",
              "more:/srv/data/more");
      assertThat(visco.ok("report", first))
          .contains("volume data  /srv/data", "volume more  /srv/data/more", "mounted rw");
      sh(visco, first, "echo kept >/srv/data/file && echo too >/srv/data/more/file && sync");
      assertThat(visco.ok("volume", "ls")).contains("data", "64m", first, "/srv/data");

      CommandResult second = visco.run("create", "--volume", "data:/data");
      assertThat(second.exitCode()).isEqualTo(3);
      assertThat(second.error()).contains("attached to " + first, "visco rm " + first);
      CommandResult refused = visco.run("volume", "rm", "data");
      assertThat(refused.exitCode()).isEqualTo(3);
      assertThat(refused.error()).contains("attached to " + first);
      assertThat(visco.run("snapshot", "create", first).error()).contains("no part of a snapshot");

      CommandResult grown = visco.run("volume", "resize", "data", "160m");
      assertThat(grown.output()).isEqualTo("data has 160m\n");
      assertThat(grown.error()).as("its file system has it now").isEmpty();
      assertThat(mib(visco, first, "/srv/data")).as("while it runs").isGreaterThan(120);
      sh(visco, first, "dd if=/dev/zero of=/srv/data/large bs=1M count=100 && sync");

      visco.ok("rm", first);
      assertThat(visco.json("volume", "inspect", "data").has("vmId")).isFalse();
      visco.killDaemon();
      visco.ok("up", "--no-vm");
      visco.ok("volume", "resize", "more", "96m");
      String next =
          visco.create(
              "--transport",
              transport,
              "--volume",
              "data:/mnt/data:ro",
              "--volume",
              "more:/mnt/more");
      assertThat(sh(visco, next, "cat /mnt/data/file /mnt/more/file")).isEqualTo("kept\ntoo\n");
      assertThat(visco.run("exec", next, "--", "touch", "/mnt/data/new").exitCode()).isNotZero();
      sh(visco, next, "touch /mnt/more/new");
      assertThat(mib(visco, next, "/mnt/more")).as("while it was idle").isGreaterThan(70);
      assertThat(visco.ok("report", next)).contains("mounted ro");
      CommandResult pending = visco.run("volume", "resize", "data", "224m");
      assertThat(pending.error()).contains("with the next start", "can only read it");
      visco.ok("rm", next);
      visco.ok("volume", "rm", "data", "more");
      assertThat(visco.data().resolve("volumes")).isEmptyDirectory();
      visco.ok("down", "--yes");
      assertThat(visco.leftovers()).isEmpty();
    }
  }

  @Test
  void aHomeIsTheUsersAndWhatIsExportedComesBack() throws IOException {
    try (var visco = ViscoUnderTest.withImage(Map.of("VISCO_CONFIG", folder.toString()))) {
      Files.createDirectory(folder.resolve("types"));
      Files.writeString(
          folder.resolve("types/cli.toml"),
          Files.readString(Path.of("types/cli.toml")) + "\nhome-volume = \"64m\"\n");
      visco.up();
      String first = visco.create("--user", "anna");
      assertThat(sh(visco, first, "stat -c %a /root && ls -A /root"))
          .as("it begins with what the image has there")
          .startsWith("700\n")
          .contains(".bashrc");
      sh(visco, first, "echo signed-in >.token && sync");
      assertThat(visco.run("create", "--user", "anna").error())
          .contains("attached to " + first, "visco create --no-home");
      String without = visco.create("--user", "anna", "--no-home");
      assertThat(visco.run("exec", without, "--", "cat", ".token").exitCode()).isNotZero();
      visco.ok("rm", without);
      assertThat(visco.run("volume", "export", "home-cli", "--user", "anna").error())
          .contains("is in use by " + first);
      visco.ok("rm", first);
      String second = visco.create("--user", "anna");
      assertThat(sh(visco, second, "cat .token")).isEqualTo("signed-in\n");
      visco.ok("rm", second);

      String file = folder.resolve("home.img.gz").toString();
      visco.ok("volume", "export", "home-cli", "--user", "anna", "-o", file);
      assertThat(Files.size(Path.of(file))).isLessThan(8 << 20);
      assertThat(visco.ok("volume", "import", "home-cli", file, "--user", "bert"))
          .isEqualTo("home-cli\n");
      String his = visco.create("--user", "bert");
      assertThat(sh(visco, his, "cat .token")).isEqualTo("signed-in\n");
      visco.ok("rm", his);
      String broken = Files.writeString(folder.resolve("broken"), "none").toString();
      CommandResult refused = visco.run("volume", "import", "other", broken);
      assertThat(refused.exitCode()).isEqualTo(3);
      assertThat(refused.error()).contains("is no ext4 file system");
      assertThat(visco.json("volume", "ls")).hasSize(2);
    }
  }

  /** One that a guest has damaged or relabelled is missed there, and nothing else is. */
  @Test
  void aVmIsReadyWithoutAVolumeThatItCannotMount() {
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      visco.ok("volume", "create", "data", "--size", "32m");
      String first = visco.create("--volume", "data:/data");
      sh(visco, first, "umount /data && e2label /dev/vdc other && sync");
      visco.ok("rm", first);
      CommandResult next = visco.run("create", "--volume", "data:/data");
      assertThat(next.exitCode()).isZero();
      assertThat(next.error())
          .contains("the volume data is not mounted at /data: no disk has this label");
    }
  }
}
