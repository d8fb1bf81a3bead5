package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.CommandResult;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A real guest's disk in a backup that was taken while it ran, put back into another data folder.
 */
@ExtendWith(OuterNetwork.Extension.class)
class BackupIT {
  @TempDir Path folder;

  @Test
  void whatAGuestWroteIsOnTheRestoredDisk() throws Exception {
    Path file = folder.resolve("visco.tar.zst");
    String vm;
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      visco.ok("volume", "create", "data", "--size", "32m", "--user", "anna");
      vm = visco.create("--user", "anna", "--volume", "data:/srv/data");
      visco.ok("exec", vm, "sh", "-c", "echo kept | tee /kept > /srv/data/kept && sync");
      CommandResult refused = visco.run("backup", file.toString(), "--user", "anna");
      assertThat(refused.exitCode()).as(refused.error()).isEqualTo(3);
      assertThat(refused.error()).contains("--pause");
      JsonNode header = visco.json("backup", file.toString(), "--user", "anna", "--pause");
      assertThat(header.path("vms")).hasSize(1);
      assertThat(header.path("volumes")).hasSize(1);
      assertThat(visco.ok("exec", vm, "cat", "/kept")).as("it goes on").isEqualTo("kept\n");
      assertNothingIsTouchedWhileADaemonRuns(visco, file);
    }
    try (var other = ViscoUnderTest.empty(Map.of())) {
      other.ok("restore", file.toString());
      Path disk = other.data().resolve("vms").resolve(vm);
      try (var files = Files.list(disk)) {
        assertThat(files.map(one -> one.getFileName().toString()))
            .contains("keys", "seed.img")
            .anyMatch(name -> name.startsWith("root."));
      }
      other.up();
      JsonNode restored = other.json("inspect", vm);
      assertThat(restored.path("userId").asString()).isEqualTo("anna");
      assertThat(restored.path("image").asString()).isNotEmpty();
      assertThat(other.ok("events")).contains("restored");
      assertThat(other.ok("image", "ls")).contains("cli");
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .until(() -> other.ok("ps", "--json").contains("\"ready\""));
      assertThat(other.ok("exec", vm, "cat", "/kept", "/srv/data/kept"))
          .as("it runs again, with its volume")
          .isEqualTo("kept\nkept\n");
    }
  }

  /** A second daemon, a rebuilt store, another purge: each is refused, and all is as it was. */
  private static void assertNothingIsTouchedWhileADaemonRuns(ViscoUnderTest visco, Path file)
      throws Exception {
    long daemon = visco.daemonPid();
    List<String> before = listed(visco.data());
    for (List<String> command :
        List.of(
            List.of("daemon"), List.of("store", "rebuild"), List.of("restore", file.toString()))) {
      CommandResult refused = visco.run(command.toArray(String[]::new));
      assertThat(refused.exitCode()).as("%s: %s", command, refused.error()).isEqualTo(3);
    }
    assertThat(visco.run("daemon").error()).contains("Process " + daemon + " uses the data folder");
    assertThat(visco.run("store", "rebuild").error()).contains("Process " + daemon);
    assertThat(visco.daemonPid()).isEqualTo(daemon);
    assertThat(listed(visco.data())).isEqualTo(before);
  }

  /** Names and owners and modes of what lies directly in a folder. */
  private static List<String> listed(Path folder) throws Exception {
    try (var entries = Files.list(folder)) {
      return entries
          .filter(entry -> !entry.getFileName().toString().startsWith("daemon."))
          .map(entry -> entry.getFileName() + " " + attributes(entry))
          .sorted()
          .toList();
    }
  }

  private static Object attributes(Path entry) {
    try {
      return Files.readAttributes(entry, "unix:ino,mode,uid");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
