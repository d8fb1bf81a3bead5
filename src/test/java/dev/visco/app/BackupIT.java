package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.CommandResult;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A real guest's disk in a backup that was taken while it ran, put back into another data folder.
 */
@ExtendWith(OuterNetwork.Extension.class)
@EnabledIfSystemProperty(
    named = "visco.all",
    matches = "true",
    disabledReason = "it takes minutes; ./visco test --all runs it")
class BackupIT {
  @TempDir Path folder;

  @Test
  void whatAGuestWroteIsOnTheRestoredDisk() throws Exception {
    Path file = folder.resolve("visco.tar.zst");
    String vm;
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      vm = visco.create("--user", "anna");
      visco.ok("exec", vm, "sh", "-c", "echo kept > /kept && sync");
      CommandResult refused = visco.run("backup", file.toString(), "--user", "anna");
      assertThat(refused.exitCode()).as(refused.error()).isEqualTo(3);
      assertThat(refused.error()).contains("--pause");
      JsonNode header = visco.json("backup", file.toString(), "--user", "anna", "--pause");
      assertThat(header.path("vms")).hasSize(1);
      assertThat(visco.ok("exec", vm, "cat", "/kept")).as("it goes on").isEqualTo("kept\n");
      CommandResult full = visco.run("restore", file.toString());
      assertThat(full.exitCode()).as(full.error()).isEqualTo(3);
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
    }
  }
}
