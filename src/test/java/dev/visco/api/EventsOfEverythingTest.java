package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.lifecycle.FakeWorld;
import dev.visco.wire.Json;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Whatever happens to what somebody has is an event, with who asked for it and why. */
@Timeout(120)
class EventsOfEverythingTest {
  @TempDir private Path folder;
  private FakeMachinesDaemon daemon;
  private String alice;

  @BeforeEach
  void start() throws Exception {
    daemon = FakeMachinesDaemon.start(folder.resolve("host"));
    run("user", "create", "alice");
    alice = daemon.run("token", "create", "alice-phone", "--user", "alice").out().strip();
  }

  @AfterEach
  void end() {
    daemon.close();
  }

  private void run(String... arguments) {
    FakeMachinesDaemon.Said said = daemon.run(arguments);
    assertThat(said.code()).as(said.err()).isZero();
  }

  private JsonNode call(String method, String target, String body) throws Exception {
    HttpResponse<String> answer = daemon.call(alice, method, target, body);
    assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
    return Json.read(answer.body(), JsonNode.class);
  }

  /** Each as its kind, its caller and its reason. */
  private List<String> events(String token, String query) throws Exception {
    var found = new ArrayList<String>();
    String all = daemon.call(token, "GET", "/api/events?after=0&limit=1000&" + query, "").body();
    Json.read(all, JsonNode.class)
        .forEach(event ->
            found.add(
                event.path("kind").asString()
                    + (event.has("caller") ? " by " + event.path("caller").asString() : "")
                    + (event.has("reason") ? ": " + event.path("reason").asString() : "")));
    return found;
  }

  @Test
  void theLifeOfAVmIsToldInOrder() throws Exception {
    String vm = call("POST", "/api/vms?wait=ready", "{\"vmType\":\"cli\"}").path("vmId").asString();
    call("POST", "/api/vms/" + vm + "/pause", "");
    call("POST", "/api/vms/" + vm + "/resume", "");
    call("POST", "/api/vms/" + vm + "/snapshots", "{\"name\":\"first\"}");
    call("POST", "/api/snapshots/first/restore", "");
    Awaitility.await()
        .until(() -> call("GET", "/api/vms/" + vm, "").path("state").asString().equals("ready"));
    call("PATCH", "/api/vms/" + vm, "{\"ttl\":\"2h\"}");
    run("stop", vm);
    run("start", vm);
    call("DELETE", "/api/snapshots/first", "");
    call("DELETE", "/api/vms/" + vm + "?wait=destroyed", "");
    assertThat(events(daemon.adminToken(), "vm=" + vm))
        .startsWith("vm-created by alice-phone", "vm-ready", "vm-paused by alice-phone")
        .containsSubsequence(
            "vm-resumed by alice-phone",
            "snapshot-created by alice-phone",
            "vm-restoring by alice-phone: From the snapshot first.",
            "vm-ready",
            "vm-updated by alice-phone",
            "vm-stopping by admin",
            "vm-stopped",
            "vm-starting by admin",
            "vm-ready",
            "snapshot-removed by alice-phone",
            "vm-destroying by alice-phone")
        .endsWith("vm-destroyed");
    assertThat(events(alice, "kind=vm-stopping")).containsExactly("vm-stopping by operator");
  }

  @Test
  void volumesUsersAndTokensAreToldToo() throws Exception {
    call("POST", "/api/volumes", "{\"name\":\"data\",\"size\":\"64m\"}");
    call("PATCH", "/api/volumes/data", "{\"size\":\"128m\"}");
    String vm =
        call(
                "POST",
                "/api/vms?wait=ready",
                "{\"vmType\":\"cli\",\"volumes\":[{\"name\":\"data\",\"path\":\"/data\"}]}")
            .path("vmId")
            .asString();
    call("DELETE", "/api/vms/" + vm + "?wait=destroyed", "");
    call("DELETE", "/api/volumes/data", "");
    run("user", "update", "alice", "--label", "plan=pro");
    run("user", "suspend", "alice");
    run("user", "resume", "alice");
    assertThat(events(alice, "kind=volume"))
        .containsExactly(
            "volume-created by alice-phone",
            "volume-resized by alice-phone",
            "volume-attached by alice-phone",
            "volume-detached",
            "volume-removed by alice-phone");
    assertThat(events(alice, "kind=user,token"))
        .containsExactly(
            "user-created by operator",
            "token-created by operator",
            "user-updated by operator",
            "user-suspended by operator",
            "user-resumed by operator");
    run("token", "revoke", "alice-phone");
    run("user", "rm", "alice");
    assertThat(events(daemon.adminToken(), "user=alice"))
        .endsWith("token-revoked by admin", "user-removed by admin");
  }

  @Test
  void usersSeeTheirOwnOnly() throws Exception {
    run("user", "create", "bob");
    String bob = daemon.run("token", "create", "bob-phone", "--user", "bob").out().strip();
    String vm = call("POST", "/api/vms?wait=ready", "{\"vmType\":\"cli\"}").path("vmId").asString();
    assertThat(events(bob, ""))
        .containsExactly("user-created by operator", "token-created by operator");
    assertThat(events(bob, "vm=" + vm)).isEmpty();
    assertThat(daemon.call(bob, "GET", "/api/events?user=alice", "").statusCode()).isEqualTo(400);
    assertThat(daemon.runAs(bob, "events", "--vm", vm).out()).isEmpty();
    assertThat(daemon.runAs(alice, "events", "--vm", vm, "--kind", "vm-created").out())
        .contains("vm-created", "The VM " + vm + " was created. (asked for by alice-phone)");
  }

  /** A VM that fails says why, and one that is refused leaves no event. */
  @Test
  void whatWasNotDoneIsNoEvent() throws Exception {
    daemon.close();
    daemon =
        FakeMachinesDaemon.start(
            folder.resolve("small"),
            new FakeWorld(),
            FakeMachinesDaemon.limits(1, 100, 1_000_000_000, 100_000));
    run("user", "create", "alice");
    String token = daemon.run("token", "create", "alice-phone", "--user", "alice").out().strip();
    HttpResponse<String> refused =
        daemon.call(token, "POST", "/api/vms", "{\"vmType\":\"cli\",\"memoryMib\":512}");
    assertThat(refused.statusCode()).isGreaterThanOrEqualTo(400);
    assertThat(events(daemon.adminToken(), "kind=vm")).isEmpty();
  }
}
