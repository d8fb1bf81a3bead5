package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.lifecycle.FakeWorld;
import dev.visco.lifecycle.Limits;
import dev.visco.wire.Json;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * What a user's token learns of other users: nothing. Whatever bob asks is answered as on a host on
 * which they are alone, and where the host has no room for them they are told so without its
 * numbers.
 */
@Timeout(120)
class OtherUsersTest {
  @TempDir private Path folder;
  private FakeMachinesDaemon daemon;
  private String alice;
  private String bob;

  @BeforeEach
  void start() throws Exception {
    daemon = FakeMachinesDaemon.start(folder.resolve("host"));
    alice = token("alice");
    bob = token("bob");
  }

  /** Goes on on a host that has no more than this. */
  private void onHostWith(Limits limits) throws Exception {
    daemon.close();
    daemon = FakeMachinesDaemon.start(folder.resolve("small"), new FakeWorld(), limits);
    alice = token("alice");
    bob = token("bob");
  }

  private String token(String user) {
    assertThat(daemon.run("user", "create", user).code()).isZero();
    return daemon.run("token", "create", user + "-phone", "--user", user).out().strip();
  }

  @AfterEach
  void end() {
    daemon.close();
  }

  private HttpResponse<String> call(String token, String method, String target, String body)
      throws Exception {
    return daemon.call(token, method, target, body);
  }

  private JsonNode json(String token, String method, String target, String body) throws Exception {
    return Json.read(call(token, method, target, body).body(), JsonNode.class);
  }

  /** A VM of that token's user, which is ready. */
  private String ready(String token) throws Exception {
    HttpResponse<String> made = call(token, "POST", "/api/vms?wait=ready", "{\"vmType\":\"cli\"}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
    return Json.read(made.body(), JsonNode.class).path("vmId").asString();
  }

  @Test
  void namesAreEachUsersOwn() throws Exception {
    String ofAlice = ready(alice);
    String ofBob = ready(bob);
    for (String token : List.of(alice, bob)) {
      String vm = token.equals(alice) ? ofAlice : ofBob;
      HttpResponse<String> made =
          call(token, "POST", "/api/vms/" + vm + "/snapshots", "{\"name\":\"first\"}");
      assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
      assertThat(
              call(token, "POST", "/api/volumes", "{\"name\":\"data\",\"size\":\"64m\"}")
                  .statusCode())
          .isEqualTo(201);
    }
    assertThat(json(bob, "GET", "/api/snapshots", "").findValuesAsString("vmId"))
        .containsExactly(ofBob);
    JsonNode restored = json(bob, "POST", "/api/snapshots/first/restore", "");
    assertThat(restored.path("vmId").asString()).as("their own").isEqualTo(ofBob);
    assertThat(call(bob, "DELETE", "/api/snapshots/first?user=alice", "").statusCode())
        .isEqualTo(404);
    assertThat(call(bob, "GET", "/api/snapshots?user=alice", "").body())
        .isEqualTo(call(bob, "GET", "/api/snapshots?user=nobody", "").body())
        .isEqualToIgnoringNewLines("[]");
    assertThat(daemon.run("snapshot", "rm", "first").err())
        .as("an operator says whose")
        .contains("several users have a snapshot \"first\"", "alice, bob");
    assertThat(daemon.run("snapshot", "ls", "--user", "alice").out()).contains(ofAlice);
    assertThat(daemon.run("snapshot", "rm", "first", "--user", "alice").code()).isZero();
    assertThat(json(bob, "GET", "/api/snapshots", "")).hasSize(1);
    assertThat(call(alice, "DELETE", "/api/snapshots/first", "").body())
        .as("bob's is as one that is not there")
        .isEqualTo(call(alice, "DELETE", "/api/snapshots/first", "").body())
        .contains("There is no snapshot");
  }

  /** The command line names the token's own user where nobody is named. */
  @Test
  void commandsAreForTheTokensOwnUser() throws Exception {
    for (String token : List.of(alice, bob)) {
      assertThat(daemon.runAs(token, "volume", "create", "data", "--size", "64m").err()).isEmpty();
      assertThat(daemon.runAs(token, "volume", "resize", "data", "128m").code()).isZero();
      assertThat(daemon.runAs(token, "create", "--volume", "data:/srv/data").code()).isZero();
      assertThat(daemon.runAs(token, "volume", "ls").out().lines()).hasSize(2);
    }
    assertThat(daemon.runAs(bob, "volume", "inspect", "data").out()).contains("bob");
    assertThat(daemon.run("volume", "inspect", "data").code()).as("operator's").isEqualTo(4);
    assertThat(daemon.run("volume", "ls").out()).contains("alice", "bob");
    assertThat(daemon.runAs(bob, "volume", "inspect", "data", "--user", "alice").code())
        .isEqualTo(4);
  }

  @Test
  void anIdempotencyKeyIsTheUsersOwn() throws Exception {
    var ids = new ArrayList<String>();
    for (String token : List.of(alice, bob, alice, bob)) {
      HttpResponse<String> made = daemon.create(token, "the-same-key", "{\"vmType\":\"cli\"}");
      assertThat(made.statusCode()).as(made.body()).isEqualTo(202);
      ids.add(Json.read(made.body(), JsonNode.class).path("vmId").asString());
    }
    assertThat(ids.get(0)).isNotEqualTo(ids.get(1)).isEqualTo(ids.get(2));
    assertThat(ids.get(1)).isEqualTo(ids.get(3));
    assertThat(daemon.create(bob, "the-same-key", "{\"vmType\":\"browser\"}").body())
        .contains(ids.get(1))
        .doesNotContain(ids.get(0));
  }

  /** Neither as a whole id, nor as a place in a list, nor by a beginning that two have. */
  @Test
  void anothersVmIsAsOneThatIsNotThere() throws Exception {
    String ofAlice = ready(alice);
    String ofBob = ready(bob);
    for (String target : List.of("/api/vms?before=", "/api/vms/", "/api/snapshots?before=")) {
      HttpResponse<String> other = call(bob, "GET", target + ofAlice, "");
      HttpResponse<String> none = call(bob, "GET", target + "vm-0000dead", "");
      assertThat(other.statusCode()).as(target).isEqualTo(404).isEqualTo(none.statusCode());
      assertThat(other.body()).isEqualTo(none.body().replace("vm-0000dead", ofAlice));
    }
    assertThat(daemon.runAs(bob, "inspect", "vm-12").out()).as("one of theirs").contains(ofBob);
    assertThat(daemon.run("inspect", "vm-12").err())
        .as("an operator has two")
        .contains(ofAlice, ofBob);
    assertThat(daemon.runAs(bob, "stop", ofAlice).err())
        .isEqualTo(daemon.runAs(bob, "stop", "vm-0000dead").err().replace("vm-0000dead", ofAlice));
    assertThat(call(bob, "POST", "/api/vms", "{\"vmType\":\"cli\",\"userId\":\"alice\"}").body())
        .isEqualTo(
            call(bob, "POST", "/api/vms", "{\"vmType\":\"cli\",\"userId\":\"nobody\"}")
                .body()
                .replace("nobody", "alice"));
  }

  private String named(String token, String name) throws Exception {
    JsonNode made =
        json(token, "POST", "/api/vms", "{\"vmType\":\"cli\",\"name\":\"" + name + "\"}");
    return made.path("vmId").asString();
  }

  /** Each user has names of their own, and learns of no other's. */
  @Test
  void aNameIsItsUsersOwn() throws Exception {
    String ofAlice = named(alice, "web");
    String ofBob = named(bob, "web");
    String more = named(alice, "only-alice");
    assertThat(json(bob, "GET", "/api/vms/web", "").path("vmId").asString()).isEqualTo(ofBob);
    assertThat(json(alice, "GET", "/api/vms/web", "").path("vmId").asString()).isEqualTo(ofAlice);
    for (String text : List.of("only-alice", more.substring(3))) {
      for (String route : List.of("", "/console", "/report")) {
        assertThat(call(bob, "GET", "/api/vms/" + text + route, "").body())
            .isEqualTo(
                call(bob, "GET", "/api/vms/nothing" + route, "").body().replace("nothing", text));
      }
    }
    HttpResponse<String> taken =
        call(bob, "POST", "/api/vms", "{\"vmType\":\"cli\",\"name\":\"web\"}");
    assertThat(taken.statusCode()).isEqualTo(409);
    assertThat(taken.body()).contains(ofBob).doesNotContain(ofAlice);
    assertThat(call(bob, "PATCH", "/api/vms/web", "{\"name\":\"only-alice\"}").statusCode())
        .as("free for bob")
        .isEqualTo(200);
    assertThat(call(bob, "GET", "/api/vms?name=only-alice", "").body())
        .contains(ofBob)
        .doesNotContain(more);
    assertThat(daemon.run("inspect", "only-alice").err())
        .as("an operator is told whose they are")
        .contains(more + " of alice", ofBob + " of bob");
  }

  /** A volume that a VM of alice has is none of bob's, whatever they do with its name. */
  @Test
  void anothersVolumeIsAsOneThatIsNotThere() throws Exception {
    call(alice, "POST", "/api/volumes", "{\"name\":\"data\",\"size\":\"64m\"}");
    String create = "{\"vmType\":\"cli\",\"volumes\":[{\"name\":\"NAME\",\"path\":\"/srv/data\"}]}";
    assertThat(call(alice, "POST", "/api/vms", create.replace("NAME", "data")).statusCode())
        .isEqualTo(202);
    assertThat(call(bob, "POST", "/api/vms", create.replace("NAME", "data")).body())
        .isEqualTo(
            call(bob, "POST", "/api/vms", create.replace("NAME", "none"))
                .body()
                .replace("none", "data"));
    for (String request :
        List.of("GET /api/volumes/", "DELETE /api/volumes/", "PATCH /api/volumes/")) {
      String[] parts = request.split(" ", 2);
      String body = parts[0].equals("PATCH") ? "{\"size\":\"1g\"}" : "";
      HttpResponse<String> other = call(bob, parts[0], parts[1] + "data", body);
      assertThat(other.statusCode()).as(request).isEqualTo(404);
      assertThat(other.body())
          .isEqualTo(call(bob, parts[0], parts[1] + "none", body).body().replace("none", "data"));
    }
  }

  /** That there is no room, and nothing of how much whoever else has. */
  private void assertSilent(HttpResponse<String> answer, int status, String type) {
    JsonNode problem = Json.read(answer.body(), JsonNode.class);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(problem.path("type").asString()).isEqualTo("urn:visco:problem:" + type);
    assertThat(problem.path("detail").asString())
        .as(answer.body())
        .startsWith("The host ")
        .doesNotContainPattern("\\d");
    assertThat(problem.path("remedy").asString()).doesNotContainPattern("\\d").contains("later");
    assertThat(problem.has("actions")).isFalse();
  }

  @Test
  void whereOthersHaveTheMemoryHeIsNotToldHowMuch() throws Exception {
    onHostWith(FakeMachinesDaemon.limits(100, 300, 1_000_000_000, 100_000));
    ready(alice);
    assertSilent(call(bob, "POST", "/api/vms", "{\"vmType\":\"cli\"}"), 429, "limit-reached");
    assertThat(
            call(daemon.adminToken(), "POST", "/api/vms", "{\"vmType\":\"cli\",\"userId\":\"bob\"}")
                .body())
        .as("whoever runs the host is")
        .contains("The VMs have 256 MiB of 300 MiB; 256 MiB more do not fit.");
  }

  @Test
  void whereOthersHaveTheAddressesHeIsNotToldHowMany() throws Exception {
    onHostWith(FakeMachinesDaemon.limits(1, 1_000_000, 1_000_000_000, 100_000));
    ready(alice);
    assertSilent(call(bob, "POST", "/api/vms", "{\"vmType\":\"cli\"}"), 503, "no-free-slot");
  }

  @Test
  void whereOthersHaveTheDisksHeIsNotToldHowMuch() throws Exception {
    onHostWith(FakeMachinesDaemon.limits(100, 1_000_000, 1500, 100_000));
    ready(alice);
    assertSilent(call(bob, "POST", "/api/vms", "{\"vmType\":\"cli\"}"), 429, "limit-reached");
  }

  @Test
  void onAFullDiskHeIsNotToldHowFull() throws Exception {
    onHostWith(FakeMachinesDaemon.limits(100, 1_000_000, 1_000_000_000, 150));
    assertSilent(call(bob, "POST", "/api/vms", "{\"vmType\":\"cli\"}"), 503, "host-lacks");
  }

  /** All volumes of the host may have 1 TiB. */
  @Test
  void whereThereIsNoRoomForAVolumeHeIsNotToldWhy() throws Exception {
    call(alice, "POST", "/api/volumes", "{\"name\":\"data\",\"size\":\"1g\"}");
    assertSilent(
        call(bob, "POST", "/api/volumes", "{\"name\":\"data\",\"size\":\"1t\"}"),
        429,
        "limit-reached");
  }

  /** A user's own limits are told with their numbers. */
  @Test
  void ownLimitsAreTold() throws Exception {
    daemon.run("user", "update", "bob", "--vms", "1");
    ready(bob);
    assertThat(call(bob, "POST", "/api/vms", "{\"vmType\":\"cli\"}").body())
        .contains("User bob has 1 of 1 VMs; 1 more do not fit.");
  }
}
