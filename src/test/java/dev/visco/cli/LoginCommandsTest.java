package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.FakeMachinesDaemon;
import dev.visco.api.FakeMachinesDaemon.Said;
import dev.visco.signin.session.FakeSignInVms.FakeVm;
import dev.visco.wire.Json;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Sign-ins as commands and over the API, to a daemon with fake machines. */
@Timeout(60)
class LoginCommandsTest {
  private static final String AUTH = "~/.config/gh/hosts.yml";
  private static final String SESSION = "/api/auth/session/";
  @TempDir private Path data;
  private FakeMachinesDaemon daemon;

  @BeforeEach
  void start() throws Exception {
    daemon = FakeMachinesDaemon.start(data);
    assertThat(daemon.run("vault", "init").code()).isZero();
    daemon.signInVms.tool((io, vm) -> {
      io.print("Type AB12-CD34 at https://github.com/login/device\n");
      vm.comesBack();
      vm.files.put(AUTH, "github.com:\n    oauth_token: t0k3n\n    user: alice\n");
      return 0;
    });
  }

  @AfterEach
  void end() {
    daemon.close();
  }

  private FakeVm vm() {
    Awaitility.await().until(() -> !daemon.signInVms.vms.isEmpty());
    return daemon.signInVms.vm();
  }

  private JsonNode json(String method, String path, String body, int status) throws Exception {
    HttpResponse<String> answer = daemon.call(daemon.adminToken(), method, path, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    return Json.mapper().readTree(answer.body());
  }

  private String begun(String user) throws Exception {
    return json(
            "POST", "/api/auth/start", "{\"userId\":\"" + user + "\",\"provider\":\"github\"}", 201)
        .path("session")
        .asString();
  }

  private void await(String id, String state) {
    Awaitility.await()
        .until(() -> json("GET", SESSION + id, "", 200).path("state").asString().equals(state));
  }

  @Test
  void aLoginIsToldLiveAndEndsWithItsCredential() throws Exception {
    var said =
        CompletableFuture.supplyAsync(
            () -> daemon.run("login", "github", "--user", "alice", "--print"));
    vm().comeBack();
    Said whole = said.get();
    assertThat(whole.code()).as(whole.toString()).isZero();
    assertThat(whole.out())
        .contains(
            "starting: ",
            "Type this code: AB12-CD34 at https://github.com/login/device",
            "validating: ",
            "stored: The credential cred-")
        .doesNotContain("t0k3n");
    assertThat(daemon.run("credentials", "ls").out()).contains("github", "alice", "valid");
    assertThat(daemon.run("logins", "ls").out()).contains("alice", "github", "stored");
  }

  @Test
  void heartbeatsAreNotInTheAuditAndOtherCallsAre() throws Exception {
    String id = begun("alice");
    json("POST", SESSION + id + "/heartbeat", "", 200);
    json("POST", SESSION + id + "/cancel", "", 200);
    assertThat(daemon.run("audit", "--json").out())
        .contains("/api/auth/start", "/cancel")
        .doesNotContain("heartbeat");
  }

  @Test
  void aLoginThatFailsSaysWhyAndExitsWithOne() {
    daemon.signInVms.tool((io, vm) -> {
      io.complain("the provider says access_denied\n");
      return 1;
    });
    Said said = daemon.run("login", "github", "--user", "alice", "--json");
    assertThat(said.code()).isEqualTo(CommandExitCode.FAILED);
    JsonNode last = Json.read(said.out().lines().toList().getLast(), JsonNode.class);
    assertThat(last.path("over").asBoolean()).isTrue();
    assertThat(last.path("type").asString()).isEqualTo("failed");
    assertThat(last.path("text").asString()).contains("access_denied");
  }

  @Test
  void theSecondIsToldOfTheFirstAndCanCancelIt() {
    Said first = daemon.run("login", "github", "--user", "alice", "-d");
    String id = first.out().strip().split(" ", -1)[0];
    assertThat(id).matches("signin-[0-9a-f]{12}");
    Said second = daemon.run("login", "github", "--user", "alice");
    assertThat(second.code()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(second.err()).contains(id, "visco logins cancel " + id);
    assertThat(daemon.run("login", "github", "--user", "alice", "--rotate").err())
        .contains("no credential of github to replace");
    assertThat(daemon.run("logins", "cancel", id).out()).isEqualTo("cancelled\n");
    Said followed = daemon.run("logins", "follow", id);
    assertThat(followed.code()).isEqualTo(CommandExitCode.FAILED);
    assertThat(followed.err()).contains("cancelled: It was cancelled.");
    assertThat(daemon.run("logins", "show", id).out()).contains("\"active\":false");
    assertThat(daemon.run("logins", "show", "signin-none").code())
        .isEqualTo(CommandExitCode.NOT_FOUND);
    assertThat(daemon.run("login", "qwen", "--user", "alice").err())
        .contains("visco credentials put qwen");
    assertThat(daemon.run("login", "telnet", "--user", "alice").err())
        .contains("visco provider ls");
  }

  @Test
  void whileAUserSignsInItsVmIsClosedToEverythingElse() throws Exception {
    String id = begun("alice");
    await(id, "waiting");
    String vm = json("GET", SESSION + id, "", 200).path("vmId").asString();
    for (String[] call :
        new String[][] {
          {"POST", "/exec", "{\"command\":[\"true\"]}"},
          {"GET", "/desktop.png", ""},
          {"GET", "/files?path=/root", ""},
          {"GET", "/console", ""},
          {"POST", "/pause", ""},
          {"POST", "/snapshots", "{\"name\":\"s\"}"},
          {"POST", "/guest-tickets", ""},
          {"DELETE", "", ""}
        }) {
      JsonNode refused = json(call[0], "/api/vms/" + vm + call[1], call[2], 409);
      assertThat(refused.path("detail").asString())
          .as(call[0] + " " + call[1])
          .contains("A user signs in in the VM " + vm);
    }
    JsonNode ticket = json("POST", "/api/vms/" + vm + "/tickets", "{}", 409);
    assertThat(ticket.path("detail").asString()).contains("is the user's now");
    Said exec = daemon.run("exec", vm, "--", "true");
    assertThat(exec.err()).contains("A user signs in", "visco logins cancel " + id);
    json("GET", "/api/vms/" + vm, "", 200);
    json("POST", SESSION + id + "/hand-over", "{\"holder\":\"operator\"}", 200);
    JsonNode named = json("POST", "/api/vms/" + vm + "/tickets", "{\"user\":\"alice\"}", 409);
    assertThat(named.path("detail").asString()).contains("is the operator's now");
    assertThat(daemon.run("logins", "hand-over", id, "nobody").err())
        .contains("Give user or operator");
    assertThat(daemon.run("logins", "hand-over", id, "user").code()).isZero();
    assertThat(daemon.run("audit").out()).contains("hand-over");
    json("POST", SESSION + id + "/cancel", "", 200);
  }

  @Test
  void eventsGoOnAfterTheLastThatWasSeen() throws Exception {
    String id = begun("alice");
    vm().comeBack();
    await(id, "stored");
    Awaitility.await().until(() -> !json("GET", SESSION + id, "", 200).path("active").asBoolean());
    String all = daemon.call(daemon.adminToken(), "GET", SESSION + id + "/events", "").body();
    assertThat(all).startsWith("id: 1\nevent: starting\ndata: ").contains("\"over\":true");
    String rest =
        daemon.call(daemon.adminToken(), "GET", SESSION + id + "/events?after=2", "").body();
    assertThat(all).endsWith(rest);
    assertThat(rest).startsWith("id: 3\n");
  }

  @Test
  void usersSeeTheirOwnAlone() throws Exception {
    assertThat(daemon.run("user", "create", "bob").code()).isZero();
    String bob = daemon.run("token", "create", "of-bob", "--user", "bob").out().strip();
    String id = begun("alice");
    for (String path : new String[] {"", "/events"}) {
      assertThat(daemon.call(bob, "GET", SESSION + id + path, "").statusCode()).isEqualTo(404);
    }
    assertThat(daemon.call(bob, "POST", SESSION + id + "/cancel", "").statusCode()).isEqualTo(404);
    assertThat(daemon.call(bob, "GET", "/api/auth/sessions", "").body())
        .isEqualToIgnoringNewLines("[]");
    assertThat(
            daemon
                .call(
                    bob,
                    "POST",
                    "/api/auth/start",
                    "{\"userId\":\"alice\",\"provider\":\"github\"}")
                .statusCode())
        .isEqualTo(400);
  }

  @Test
  void aCredentialIsValidatedByItsUserAndProvider() throws Exception {
    String body = "{\"userId\":\"alice\",\"provider\":\"github\"}";
    json("POST", "/api/auth/validate", body, 404);
    String id = begun("alice");
    vm().comeBack();
    await(id, "stored");
    JsonNode found = json("POST", "/api/auth/validate", body, 200);
    assertThat(found.path("state").asString()).isEqualTo("valid");
    assertThat(found.path("asked").asBoolean()).isFalse();
  }
}
