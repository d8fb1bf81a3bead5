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
