package dev.visco.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.CommandResult;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * The examples of docs/operations.md, and what the README shows with output, in the real program.
 */
@ExtendWith(OuterNetwork.Extension.class)
class OperationsExamplesIT {
  private static final Path DOCUMENT = Path.of("docs/operations.md");
  private static final String ASK = "Start, stop, ask";
  private static final String BACK_UP = "Back up";
  private static final String RESTORE = "Restore";

  /**
   * What needs a host of its own with a package manager: it is compared with the command line
   * ({@link DocumentedCommandsTest}), and done by the tests of the package and of upgrades.
   */
  private static final Set<String> ONLY_READ = Set.of("Install", "Upgrade", "Go back later");

  @TempDir private Path folder;

  private static List<FencedBlock> section(String name) {
    List<FencedBlock> found =
        FencedBlock.of(DOCUMENT).stream()
            .filter(FencedBlock::hasCommands)
            .filter(block -> block.section().equals(name))
            .toList();
    assertThat(found).as(name).isNotEmpty();
    return found;
  }

  private DocumentRun typed(ViscoUnderTest visco) {
    return new DocumentRun(
            words -> {
              CommandResult result = visco.run(words.toArray(String[]::new));
              return new DocumentRun.Outcome(result.exitCode(), result.output(), result.error());
            })
        .with("/srv/backup/", folder + "/");
  }

  private static JsonNode vm(ViscoUnderTest visco, String id) {
    return visco.request("GET", "/api/vms/" + id);
  }

  @Test
  void everySectionIsRunOrSaidWhyNot() {
    assertThat(
            FencedBlock.of(DOCUMENT).stream()
                .filter(FencedBlock::hasCommands)
                .map(FencedBlock::section)
                .filter(section -> !ONLY_READ.contains(section)))
        .containsOnly(ASK, BACK_UP, RESTORE);
  }

  @Test
  void theDaemonIsAskedStoppedAndEnded() {
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      section(ASK).forEach(typed(visco)::run);
      assertThat(visco.run("daemon", "status").exitCode()).isEqualTo(3);
      assertThat(visco.leftovers()).isEmpty();
    }
  }

  /** What the README shows of a boot that cannot work. */
  @Test
  void aRefusalReadsAsItIsShown() {
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      DocumentRun run = typed(visco);
      FencedBlock.of(Path.of("README.md")).stream()
          .filter(block -> block.language().equals("console"))
          .forEach(run::run);
      assertThat(run.ran()).hasSize(1);
      assertThat(visco.json("ps")).as("nothing was started").isEmpty();
    }
  }

  /** With a guest that runs while its disk is copied, and a volume. */
  @Test
  @EnabledIfSystemProperty(
      named = "visco.all",
      matches = "true",
      disabledReason = "it takes minutes; ./visco test --all runs it")
  void aBackupIsTakenAndPutBack() throws Exception {
    String vm;
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      visco.ok("volume", "create", "data", "--size", "16m", "--user", "anna");
      vm = visco.create("--user", "bert");
      visco.ok("exec", vm, "--", "sh", "-c", "echo kept >/kept; sync");
      section(BACK_UP).forEach(typed(visco)::run);
      assertThat(visco.ok("exec", vm, "--", "cat", "/kept")).as("it goes on").isEqualTo("kept\n");
    }
    try (var files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .contains("visco.tar.zst", "anna.tar.zst", "all.tar.zst");
    }
    try (var other = ViscoUnderTest.empty(Map.of())) {
      section(RESTORE).forEach(typed(other)::run);
      Awaitility.await()
          .atMost(Duration.ofMinutes(3))
          .until(() -> vm(other, vm).path("state").asString().equals("ready"));
      assertThat(vm(other, vm).path("userId").asString()).isEqualTo("bert");
      assertThat(other.ok("exec", vm, "--", "cat", "/kept")).isEqualTo("kept\n");
      assertThat(other.json("volume", "ls", "--user", "anna")).hasSize(1);
    }
  }
}
