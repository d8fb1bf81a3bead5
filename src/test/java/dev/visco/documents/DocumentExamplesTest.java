package dev.visco.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.FakeMachinesDaemon;
import dev.visco.wire.Json;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * What documents show is typed into the command line and sent to the API of a daemon with fake
 * machines, one document after the other, and does what it says. Examples that need a real host are
 * run by {@code OperationsExamplesIT}.
 */
@Timeout(120)
class DocumentExamplesTest {
  private static final Path USERS = Path.of("docs/users.md");
  private static final Path VOLUMES = Path.of("docs/volumes.md");
  private static final Path POWER = Path.of("docs/power.md");

  @TempDir private Path folder;
  @TempDir private Path work;
  private FakeMachinesDaemon daemon;

  @BeforeEach
  void start() throws Exception {
    daemon = FakeMachinesDaemon.start(folder);
  }

  @org.junit.jupiter.api.AfterEach
  void end() {
    daemon.close();
  }

  private DocumentRun typed() {
    return new DocumentRun(
            words -> {
              FakeMachinesDaemon.Said said = daemon.run(words.toArray(String[]::new));
              return new DocumentRun.Outcome(said.code(), said.out(), said.err());
            })
        .with("data.img.gz", work.resolve("data.img.gz").toString());
  }

  private static List<FencedBlock> blocks(Path document) {
    List<FencedBlock> found =
        FencedBlock.of(document).stream().filter(FencedBlock::hasCommands).toList();
    assertThat(found).as("blocks of " + document).isNotEmpty();
    return found;
  }

  private JsonNode json(String... arguments) {
    String[] all = Stream.concat(Stream.of(arguments), Stream.of("--json")).toArray(String[]::new);
    FakeMachinesDaemon.Said said = daemon.run(all);
    assertThat(said.code()).as(said.err()).isZero();
    return Json.read(said.out(), JsonNode.class);
  }

  @Test
  void users() {
    DocumentRun run = typed();
    for (FencedBlock block : blocks(USERS)) {
      run.run(block);
    }
    assertThat(run.ran()).hasSize(12);
    assertThat(json("token", "ls").findValuesAsString("name")).containsExactly("admin", "build");
    assertThat(daemon.run("audit", "--limit", "1000").out())
        .contains("POST /api/users/alice/suspend")
        .contains("DELETE /api/tokens/alice-phone");
  }

  @Test
  void power() throws Exception {
    String id = json("create").path("vmId").asString();
    assertThat(id).startsWith("vm-12");
    DocumentRun run = typed();
    blocks(POWER).forEach(run::run);
    JsonNode vm = json("inspect", id);
    assertThat(vm.path("state").asString()).isEqualTo("ready");
    assertThat(vm.path("restart").asString()).isEqualTo("always");
    assertThat(vm.path("ttl").asString()).isEqualTo("3d");
    assertThat(vm.path("ttlFrom").asString()).isEqualTo("used");
    Path boot = Files.createDirectories(folder.resolve("vms/" + id + "/boots/1"));
    Files.writeString(boot.resolve("console.log"), "reboot: Power down\n");
    requests(POWER, Map.of("{id}", id, "{boot}", "1"));
    assertThat(daemon.run("boots", id).out())
        .startsWith("BOOT  ENDED")
        .containsPattern("\\n1 +\\d+ seconds? ago  -");
    assertThat(daemon.run("logs", id, "--boot", "1").out()).isEqualTo("reboot: Power down\n");
    assertThat(daemon.run("report", id, "--boot", "1").err()).contains("has no report");
  }

  @Test
  void volumes() throws Exception {
    DocumentRun run = typed();
    blocks(VOLUMES).forEach(run::run);
    JsonNode left = json("volume", "ls");
    assertThat(left.findValuesAsString("name")).containsExactly("copy");
    requests(VOLUMES, Map.of("NAME", "data"));
  }

  private boolean isSettled() {
    return json("ps").findValuesAsString("state").stream()
        .noneMatch(Set.of("creating", "starting", "stopping")::contains);
  }

  /** Sends what the document's text shows, in its order; each must be answered with success. */
  private void requests(Path document, Map<String, String> names) throws Exception {
    List<ShownRequest> shown = ShownRequest.of(document);
    assertThat(shown).as("requests of " + document).isNotEmpty();
    for (ShownRequest request : shown) {
      Awaitility.await().until(this::isSettled); // Whoever reads it waits for each.
      String target = request.target();
      for (var name : names.entrySet()) {
        target = target.replace(name.getKey(), name.getValue());
      }
      String body = request.body() == null ? "" : request.body();
      HttpResponse<String> answer =
          daemon.call(daemon.adminToken(), request.method(), target, body);
      assertThat(answer.statusCode())
          .as("%s: %s %s %s%n%s", request.place(), request.method(), target, body, answer.body())
          .isBetween(200, 299);
    }
  }
}
