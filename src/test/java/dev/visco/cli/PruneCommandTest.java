package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.FakeDaemon.Said;
import dev.visco.wire.Json;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** {@code visco prune}. */
@Timeout(60)
class PruneCommandTest {
  private final FakeDaemon daemon =
      new FakeDaemon()
          .answering(
              "GET /api/vms",
              "["
                  + String.join(
                      ",",
                      vm(1, "failed", "sha256:a", Duration.ofDays(3)),
                      vm(2, "failed", "sha256:a", Duration.ofHours(1)),
                      vm(3, "stopped", "sha256:b", Duration.ofDays(3)),
                      vm(4, "ready", "sha256:c", Duration.ofDays(3)))
                  + "]")
          .answering("GET /api/images", "[%s,%s,%s]".formatted(image("a"), image("b"), image("c")))
          .answering(
              "GET /api/sweep",
              """
              [{"owner":"ORPHAN","kind":"netns","name":"visco-9","why":"of no VM"},
               {"owner":"OWNED","kind":"netns","name":"visco-1","why":"of vm-00000001"}]
              """)
          .answering("POST /api/sweep", "[]")
          .answering("DELETE /api/images/a", "{\"removed\":\"a\"}");

  PruneCommandTest() {
    for (int number = 1; number <= 2; number++) {
      daemon.answering("DELETE /api/vms/vm-0000000" + number + "?wait=destroyed", "{}");
    }
  }

  private static String vm(int number, String state, String image, Duration age) {
    return "{\"vmId\":\"vm-0000000%d\",\"state\":\"%s\",\"imageDigest\":\"%s\",\"changed\":\"%s\"}"
        .formatted(number, state, image, Instant.now().minus(age));
  }

  private static String image(String name) {
    return "{\"digest\":\"sha256:%s\",\"manifest\":{\"name\":\"%s\"}}".formatted(name, name);
  }

  @AfterEach
  void end() {
    daemon.close();
  }

  @Test
  void saysFirstWhatWouldGoAndTouchesNothing() {
    Said said = daemon.run("prune", "--dry-run");
    assertThat(said.out()).isEqualTo("VM vm-00000001\nVM vm-00000002\nnetns visco-9\n");
    assertThat(daemon.asked).noneMatch(one -> one.startsWith("DELETE") || one.startsWith("POST"));
  }

  @Test
  void whatIsStoppedAndImagesGoOnlyWhenTheyAreNamed() {
    JsonNode all =
        Json.mapper()
            .readTree(daemon.run("prune", "--stopped", "--images", "--dry-run", "--json").out());
    assertThat(all.path("vms").values()).hasSize(3);
    assertThat(all.path("images").toString())
        .as("those of VMs that stay are used")
        .isEqualTo("[\"a\",\"b\"]");
    JsonNode old =
        Json.mapper()
            .readTree(
                daemon.run("prune", "--older-than", "1d", "--images", "--dry-run", "--json").out());
    assertThat(old.path("vms").toString()).isEqualTo("[\"vm-00000001\"]");
    assertThat(old.path("images").toString()).as("vm-00000002 still has a").isEqualTo("[]");
  }

  @Test
  void withoutATerminalAndYesNothingGoes() {
    Said said = daemon.run("prune");
    assertThat(said.code()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(said.err())
        .contains("2 VMs (vm-00000001, vm-00000002) with disk and snapshots; 1 orphan")
        .contains("visco prune --yes");
    assertThat(daemon.asked).noneMatch(one -> one.startsWith("DELETE"));
  }

  @Test
  void withYesItGoesAndAFailureIsToldWithoutEndingIt() {
    daemon.answering("DELETE /api/vms/vm-00000002?wait=destroyed", "{}");
    Said said = daemon.run("prune", "-f", "--images");
    assertThat(said.code()).isZero();
    assertThat(said.out()).isEqualTo("VM vm-00000001\nVM vm-00000002\nimage a\nnetns visco-9\n");
    assertThat(daemon.asked).contains("POST /api/sweep", "DELETE /api/images/a");
    daemon.answering("GET /api/vms", "[" + vm(9, "failed", "sha256:b", Duration.ofDays(1)) + "]");
    Said other = daemon.run("prune", "-y");
    assertThat(other.code()).isEqualTo(CommandExitCode.NOT_FOUND);
    assertThat(other.err()).contains("There is no such thing.");
    assertThat(other.out()).isEqualTo("netns visco-9\n");
  }

  @Test
  void whereThereIsNothingItSaysSo() {
    daemon.answering("GET /api/vms", "[]").answering("GET /api/sweep", "[]");
    assertThat(daemon.run("prune").out()).isEqualTo("There is nothing to remove.\n");
  }
}
