package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.CommandResult;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * VMs that do not come up: they fail, say why, and keep their evidence until they are destroyed.
 */
@ExtendWith(OuterNetwork.Extension.class)
class FailedBootIT {
  @TempDir Path configuration;

  @Test
  void failsSaysWhyAndKeepsTheEvidence() throws IOException {
    String hasty =
        Files.readString(Path.of("types/cli.toml"))
            .replaceFirst("(?m)^deadline = .*$", "deadline = \"12s\"");
    assertThat(hasty).contains("12s");
    Files.writeString(
        Files.createDirectory(configuration.resolve("types")).resolve("hasty.toml"), hasty);
    try (var visco =
        ViscoUnderTest.withImage(Map.of("VISCO_CONFIG", configuration.toString())).up()) {
      // The first two fail while the third is waited for.
      String missing = visco.create("--no-wait", "--force", "--boot-arg", "init=/nonexistent");
      String standing =
          visco.create("--no-wait", "--boot-arg", "init=/bin/true", "--boot-arg", "panic=0");
      String late = missesItsDeadline(visco);
      panicsAtOnce(visco, missing);
      standsStillAfterItsPanic(visco, standing);

      visco.ok("rm", late, missing, standing);
      assertThat(visco.json("ps")).isEmpty();
      assertThat(visco.data().resolve("vms")).isEmptyDirectory();
    }
  }

  @Test
  void upSaysWhatFailedWhereToLookAndWhatToTypeNext() throws IOException {
    String tooSoon =
        Files.readString(Path.of("types/cli.toml"))
            .replaceFirst("(?m)^deadline = .*$", "deadline = \"1s\"");
    Files.writeString(
        Files.createDirectory(configuration.resolve("types")).resolve("cli.toml"), tooSoon);
    try (var visco = ViscoUnderTest.withImage(Map.of("VISCO_CONFIG", configuration.toString()))) {
      CommandResult up = visco.run("up");
      String id = visco.json("ps").get(0).path("vmId").asString();
      assertThat(up.exitCode()).as(up.error()).isEqualTo(1);
      assertThat(up.output()).doesNotContain("is ready");
      assertThat(up.error())
          .contains(id + " is failed: Not ready within 1s")
          .containsPattern("not met: +criterion \\d+ \\(")
          .contains(visco.data().resolve("vms").resolve(id).resolve("console.log").toString())
          .contains("visco diagnose " + id);
    }
  }

  /** Its init waits for a key that nobody presses. */
  private static String missesItsDeadline(ViscoUnderTest visco) {
    CommandResult create =
        visco.run("create", "--type", "hasty", "--boot-arg", "init=/bin/cat", "--json");
    assertThat(create.exitCode()).as(create.error()).isEqualTo(1);
    JsonNode vm = dev.visco.wire.Json.read(create.output(), JsonNode.class);
    String id = vm.path("vmId").asString();
    assertThat(vm.path("state").asString()).isEqualTo("failed");
    assertThat(create.error()).contains(id + " is failed").contains("Not ready within 12s");

    JsonNode inspected = visco.json("inspect", id);
    JsonNode report = report(visco, id);
    String failure = inspected.path("failure").asString();
    assertThat(failure)
        .startsWith("Not ready within 12s of its launch. Criterion " + firstNotMet(report) + " (")
        .contains("The console's last line: " + report.path("lastConsoleLine").asString());
    assertThat(report.path("timeline").path("kernel").asLong()).isPositive();
    assertThat(report.path("timeline").has("ssh")).isFalse();

    String console = visco.ok("logs", id);
    assertThat(console).contains("Linux version");
    assertThat(console.lines().map(String::strip))
        .contains(report.path("lastConsoleLine").asString());
    evidenceIsThere(visco, id);
    return id;
  }

  private static String firstNotMet(JsonNode report) {
    for (JsonNode line : report.path("criteria")) {
      if (line.path("verdict").asString().startsWith("not-") && !isOutside(line)) {
        return line.path("number").asString();
      }
    }
    throw new AssertionError("all met: " + report);
  }

  private static boolean isOutside(JsonNode line) {
    return line.path("verdict").asString().equals("not-applicable");
  }

  /** A failed VM's report is there, and its exit code says that it is not a good one. */
  private static JsonNode report(ViscoUnderTest visco, String id) {
    CommandResult result = visco.run("report", id, "--json");
    assertThat(result.exitCode()).as(result.error()).isEqualTo(1);
    JsonNode report = dev.visco.wire.Json.read(result.output(), JsonNode.class);
    assertThat(report.path("met").asBoolean()).isFalse();
    return report;
  }

  private static void evidenceIsThere(ViscoUnderTest visco, String id) {
    Path folder = visco.data().resolve("vms").resolve(id);
    assertThat(folder.resolve("console.log")).isNotEmptyFile();
    assertThat(folder.resolve("report.json")).isNotEmptyFile();
    assertThat(folder.resolve("vm-config.json")).isNotEmptyFile();
  }

  private static void panicsAtOnce(ViscoUnderTest visco, String id) {
    JsonNode vm = BootReportsIT.settled(visco, id);
    String failure = vm.path("failure").asString();
    assertThat(vm.path("state").asString()).as(failure).isEqualTo("failed");
    assertThat(failure)
        .startsWith("The guest's kernel panicked. Criterion 5 (")
        .contains("the guest's kernel panicked: ")
        .contains("Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100")
        .contains("the root file system has no /nonexistent");
    assertThat(lived(vm)).as("the type's deadline is 120 s").isLessThan(Duration.ofSeconds(100));
    assertThat(visco.ok("logs", id)).contains("Kernel panic").contains("Kernel Offset");
    assertThat(report(visco, id).path("criteria").get(0).path("verdict").asString())
        .isEqualTo("met");
    evidenceIsThere(visco, id);
  }

  private static Duration lived(JsonNode vm) {
    return Duration.between(
        Instant.parse(vm.path("created").asString()), Instant.parse(vm.path("changed").asString()));
  }

  /** Its machine runs on and does nothing: it is failed all the same, and not at the deadline. */
  private static void standsStillAfterItsPanic(ViscoUnderTest visco, String id) {
    JsonNode vm = BootReportsIT.settled(visco, id);
    String failure = vm.path("failure").asString();
    assertThat(vm.path("state").asString()).as(failure).isEqualTo("failed");
    assertThat(failure)
        .startsWith("The guest's kernel panicked. Criterion 5 (")
        .contains("exitcode=0x00000000");
    assertThat(lived(vm)).as("the type's deadline is 120 s").isLessThan(Duration.ofSeconds(100));
    evidenceIsThere(visco, id);
  }
}
