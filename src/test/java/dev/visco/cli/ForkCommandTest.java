package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.FakeMachinesDaemon;
import dev.visco.api.FakeMachinesDaemon.Said;
import dev.visco.wire.Json;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Forks, and VMs from snapshots, as commands and over the API, to a daemon with fake machines. */
@Timeout(120)
class ForkCommandTest {
  @TempDir private Path data;
  private FakeMachinesDaemon daemon;

  @BeforeEach
  void start() throws Exception {
    daemon = FakeMachinesDaemon.start(data);
    ok("create", "--name", "box", "--user", "anna", "-e", "ONE=1");
  }

  @AfterEach
  void end() {
    daemon.close();
  }

  private String ok(String... arguments) {
    Said said = daemon.run(arguments);
    assertThat(said.code()).as(said.toString()).isZero();
    return said.out();
  }

  private JsonNode vm(String id) throws Exception {
    return Json.mapper().readTree(ok("inspect", id));
  }

  private int count(String... list) throws Exception {
    return Json.mapper().readTree(ok(list)).size();
  }

  @Test
  void aForkIsReadyAndBelongsToWhomTheOriginalBelongs() throws Exception {
    String id = ok("fork", "box").strip();
    JsonNode made = vm(id);
    assertThat(made.path("state").asString()).isEqualTo("ready");
    assertThat(made.path("userId").asString()).isEqualTo("anna");
    assertThat(made.path("from").asString()).startsWith("snap-");
    assertThat(vm("box").path("state").asString()).isEqualTo("ready");
  }

  @Test
  void severalHaveNumberedNamesLabelsAndTheirOwnTime() throws Exception {
    List<String> ids =
        ok("fork", "box", "-n", "3", "--name", "try", "--label", "team=red", "--ttl", "2h")
            .lines()
            .toList();
    assertThat(ids).hasSize(3).doesNotHaveDuplicates();
    for (String name : List.of("try-1", "try-2", "try-3")) {
      JsonNode made = vm(name);
      assertThat(made.path("labels").path("team").asString()).isEqualTo("red");
      assertThat(made.path("ttl").asString()).isEqualTo("2h");
    }
    assertThat(vm("box").has("ttl")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"0", "-1", "101"})
  void aNumberOfNoVmsIsRefused(String count) throws Exception {
    Said said = daemon.run("fork", "box", "-n", count);
    assertThat(said.code()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(said.err()).contains("count", count, "1 to 100");
    assertThat(count("snapshot", "ls", "--json")).isZero();
  }

  @Test
  void aForkThatIsRefusedLeavesNothing() throws Exception {
    int before = count("ps", "--json");
    Said said = daemon.run("fork", "box", "-n", "2", "--name", "NOT A NAME");
    assertThat(said.code()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(said.err()).contains("name");
    assertThat(count("ps", "--json")).isEqualTo(before);
    assertThat(count("snapshot", "ls", "--json")).isZero();
  }

  @Test
  void aPlanTellsWhatAForkWouldCostAndMakesNothing() throws Exception {
    int before = count("ps", "--json");
    String told = ok("fork", "box", "-n", "3", "--plan");
    assertThat(told)
        .contains("3 VMs would go on from vm-", "as it is now, each with ")
        .contains("MiB of limits.memory-mib; what they do not write they share")
        .contains("disk      nothing until they write: layers over the snapshot's")
        .contains("at most until they are ready, then 40 MiB as long as one is there")
        .endsWith("Nothing was made.\n");
    JsonNode plan = Json.mapper().readTree(ok("fork", "box", "--plan", "--json"));
    assertThat(plan.path("count").asInt()).isEqualTo(1);
    assertThat(plan.path("disk").asString()).isEqualTo("layer");
    assertThat(plan.path("boots").asBoolean()).isFalse();
    assertThat(count("ps", "--json")).isEqualTo(before);
    assertThat(count("snapshot", "ls", "--json")).isZero();
    assertThat(vm("box").path("state").asString()).isEqualTo("ready");
  }

  @Test
  void aPlanTellsWhatAVmFromASnapshotWouldCost() throws Exception {
    ok("snapshot", "create", "box", "--name", "clean");
    int before = count("ps", "--json");
    String told = ok("create", "--from", "clean", "--user", "anna", "--plan");
    assertThat(told)
        .contains("One VM would go on from clean, with ")
        .contains("disk      40 MiB at once: copies of the snapshot's")
        .doesNotContain("until they are ready");
    assertThat(count("ps", "--json")).isEqualTo(before);
  }

  /** What would be refused is, in the same words. */
  @Test
  void aPlanOfWhatCannotBeIsRefused() throws Exception {
    assertThat(daemon.run("fork", "never", "--plan").code()).isEqualTo(CommandExitCode.NOT_FOUND);
    assertThat(daemon.run("fork", "box", "-n", "101", "--plan").err()).contains("1 to 100");
    assertThat(daemon.run("create", "--from", "none", "--user", "anna", "--plan").code())
        .isEqualTo(CommandExitCode.NOT_FOUND);
    Said alone = daemon.run("create", "--plan");
    assertThat(alone.code()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(alone.err()).contains("--plan", "Add --from");
    ok("fork", "box", "--name", "taken");
    Said named = daemon.run("fork", "box", "--name", "taken", "--plan");
    assertThat(named.code()).isEqualTo(daemon.run("fork", "box", "--name", "taken").code());
    assertThat(named.err()).contains("taken");
    ok("stop", "box");
    assertThat(daemon.run("fork", "box", "--plan").err()).contains("stopped");
  }

  @Test
  void aVmThatIsNotThereCannotBeForked() {
    assertThat(daemon.run("fork", "never").code()).isEqualTo(CommandExitCode.NOT_FOUND);
  }

  @Test
  void aVmGoesOnFromASnapshot() throws Exception {
    ok("snapshot", "create", "box", "--name", "clean");
    String id = ok("create", "--from", "clean", "--user", "anna", "--name", "second").strip();
    JsonNode made = vm(id);
    assertThat(made.path("from").asString()).isEqualTo("clean");
    assertThat(made.path("vmType").asString()).isEqualTo("cli");
    assertThat(made.path("state").asString()).isEqualTo("ready");
  }

  @ParameterizedTest
  @CsvSource({
    "--image, cli, image",
    "--transport, pci, transport",
    "--cpus, 2, vcpus",
    "--memory, 1g, memory",
    "--disk, 9g, disk",
    "--boot-arg, quiet, bootArgs",
    "--type, browser, vmType",
    "--volume, data:/srv, volumes"
  })
  void whatTheSnapshotDecidesIsRefusedByName(String option, String value, String field) {
    ok("snapshot", "create", "box", "--name", "clean");
    Said said = daemon.run("create", "--from", "clean", "--user", "anna", option, value);
    assertThat(said.code()).as(said.toString()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(said.err()).contains(field, "goes on from a snapshot", "Leave it out");
  }

  @Test
  void filesAreRefusedWithWhatToDoInstead() throws Exception {
    ok("snapshot", "create", "box", "--name", "clean");
    HttpResponse<String> answer =
        daemon.call(
            daemon.adminToken(),
            "POST",
            "/api/v1/vms",
            "{\"userId\":\"anna\",\"from\":\"clean\",\"files\":[{\"path\":\"/srv/a\",\"content\":\"b\"}]}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    assertThat(answer.body()).contains("files", "once it is ready");
  }

  @Test
  void anotherUsersSnapshotIsNotFound() {
    ok("snapshot", "create", "box", "--name", "clean");
    Said said = daemon.run("create", "--from", "clean", "--user", "bob");
    assertThat(said.code()).isEqualTo(CommandExitCode.NOT_FOUND);
    assertThat(said.err()).contains("clean");
  }
}
