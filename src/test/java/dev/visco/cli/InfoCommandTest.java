package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.FakeDaemon.Said;
import dev.visco.wire.Json;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** {@code visco info} and {@code visco version}. */
@Timeout(60)
class InfoCommandTest {
  private final FakeDaemon daemon =
      new FakeDaemon()
          .answering(
              "GET /health",
              "{\"status\":\"ok\",\"build\":\"build-7\",\"uptimeSeconds\":7260,\"pid\":42,\"secondsSinceRound\":{}}")
          .answering("GET /api/me", "{\"token\":\"phone\",\"role\":\"user\",\"user\":\"ada\"}")
          .answering(
              "GET /api/vms",
              """
              [{"state":"ready","vcpus":2,"memoryMib":1024,"diskMib":2048},
               {"state":"ready","vcpus":1,"memoryMib":1024,"diskMib":2048},{"state":"failed"}]
              """)
          .answering("GET /api/volumes", "[{}]");

  @AfterEach
  void end() {
    daemon.close();
  }

  @Test
  void countsWhatTheTokenMaySee() {
    Said said = daemon.run("info");
    assertThat(said.code()).isZero();
    assertThat(said.out())
        .containsPattern("token: +phone \\(user of ada\\)\n")
        .containsPattern("vms: +1 failed, 2 ready\n")
        .containsPattern("memory: +2g\n")
        .containsPattern("disk: +4g\n")
        .containsPattern("uptime: +121m\n")
        .containsPattern("volumes: +1\n")
        .doesNotContain("images");
    JsonNode json = Json.mapper().readTree(daemon.run("info", "--json").out());
    assertThat(json.path("vms").path("ready").asInt()).isEqualTo(2);
    assertThat(json.path("vcpus").asInt()).isEqualTo(3);
    assertThat(json.path("build").asString()).isEqualTo("build-7");
  }

  @Test
  void anOperatorSeesImagesAndTheReleaseInUse() {
    daemon.answering("GET /api/images", "[]");
    daemon.answering(
        "GET /api/vmm",
        "[{\"name\":\"1.16.1\",\"status\":\"in-use\"},{\"name\":\"qemu\",\"status\":\"ready\"}]");
    assertThat(daemon.run("info").out())
        .containsPattern("images: +0\n")
        .containsPattern("releases in use: +1.16.1\n");
  }

  @Test
  void theVersionIsTheProgramsAndTheDaemons() {
    assertThat(daemon.run("version").out().lines().toList())
        .satisfiesExactly(
            program -> assertThat(program).startsWith("visco ").contains("Java "),
            server ->
                assertThat(server).isEqualTo("daemon: build-7, ok, started 2 hours ago, pid 42"));
    assertThat(Json.mapper().readTree(daemon.run("version", "--json").out()).path("daemon"))
        .isNotEmpty();
    daemon.close();
    Said alone = daemon.run("version");
    assertThat(alone.code()).isZero();
    assertThat(alone.out()).endsWith("daemon: does not answer\n");
    assertThat(daemon.run("info").code()).isEqualTo(CommandExitCode.UNREACHABLE);
  }
}
