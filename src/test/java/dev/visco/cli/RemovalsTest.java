package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.FakeDaemon.Said;
import dev.visco.wire.Json;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Several names, of which one cannot be removed. */
@Timeout(60)
class RemovalsTest {
  private final FakeDaemon daemon =
      new FakeDaemon()
          .answering("GET /api/vms", "[{\"vmId\":\"vm-00000001\"},{\"vmId\":\"vm-00000003\"}]")
          .answering(
              "DELETE /api/vms/vm-00000001?wait=destroyed",
              "{\"vmId\":\"vm-00000001\",\"state\":\"destroyed\"}")
          .answering(
              "DELETE /api/vms/vm-00000003?wait=destroyed",
              "{\"vmId\":\"vm-00000003\",\"state\":\"destroyed\"}");

  @AfterEach
  void end() {
    daemon.close();
  }

  @Test
  void theOthersAreDestroyedAndEachIsTold() {
    // One that the daemon does not know, and one whose name is nobody's.
    Said said = daemon.run("rm", "vm-00000001", "vm-00000002", "web", "vm-00000003");
    assertThat(said.out()).isEqualTo("vm-00000001\nvm-00000003\n");
    assertThat(said.err())
        .isEqualTo(
            """
            visco: vm-00000002: There is no such thing. Look elsewhere.
            visco: web: There is no such thing. Look elsewhere.
            """);
    assertThat(said.code()).isEqualTo(CommandExitCode.NOT_FOUND);
  }

  @Test
  void withJsonEachIsInTheOneDocument() {
    Said said = daemon.run("rm", "--json", "vm-00000001", "vm-00000002", "vm-00000003");
    assertThat(said.code()).isEqualTo(CommandExitCode.NOT_FOUND);
    assertThat(said.out().lines()).hasSize(1);
    JsonNode all = Json.mapper().readTree(said.out());
    assertThat(all).hasSize(3);
    assertThat(all.get(0).path("state").asString()).isEqualTo("destroyed");
    assertThat(all.get(1).path("name").asString()).isEqualTo("vm-00000002");
    assertThat(all.get(1).path("problem").path("type").asString())
        .isEqualTo("urn:visco:problem:not-found");
    assertThat(all.get(1).path("problem").path("remedy").asString()).isEqualTo("Look elsewhere.");
    assertThat(all.get(2).path("vmId").asString()).isEqualTo("vm-00000003");
  }

  @Test
  void oneThatSucceedsIsAnArrayToo() {
    Said said = daemon.run("rm", "--json", "vm-00000003");
    assertThat(said.code()).isEqualTo(CommandExitCode.OK);
    assertThat(Json.mapper().readTree(said.out())).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"image /api/images/", "snapshot /api/snapshots/", "vmm /api/vmm/"})
  void soDoAllCommandsThatRemoveByName(String commandAndRoute) {
    String command = commandAndRoute.split(" ", 2)[0];
    String route = commandAndRoute.split(" ", 2)[1];
    daemon.answering("DELETE " + route + "a", "{\"removed\":\"a\"}");
    daemon.answering("DELETE " + route + "c", "{\"removed\":\"c\"}");
    Said said = daemon.run(command, "rm", "a", "b", "c");
    assertThat(said.code()).isEqualTo(CommandExitCode.NOT_FOUND);
    assertThat(said.out()).isEqualTo("a\nc\n");
    assertThat(said.err()).startsWith("visco: b: There is no such thing.");
    JsonNode all = Json.mapper().readTree(daemon.run(command, "rm", "a", "b", "c", "--json").out());
    assertThat(all).hasSize(3);
    assertThat(all.get(1).path("problem").path("status").asInt()).isEqualTo(404);
  }

  @Test
  void aDaemonThatIsNotThereIsToldForEachInTheDocumentToo() {
    daemon.close();
    Said said = daemon.run("rm", "--json", "vm-00000001", "vm-00000003");
    assertThat(said.code()).isEqualTo(CommandExitCode.UNREACHABLE);
    JsonNode all = Json.mapper().readTree(said.out());
    assertThat(all.get(1).path("problem").path("detail").asString()).contains("does not answer");
  }
}
