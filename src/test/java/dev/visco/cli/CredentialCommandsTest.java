package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.FakeMachinesDaemon;
import dev.visco.api.FakeMachinesDaemon.Said;
import dev.visco.wire.Json;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code visco vault} and {@code visco credentials}, and their routes, on a daemon. */
@Timeout(60)
class CredentialCommandsTest {
  private static final String VALUE = "sk-marker-3f2a91c07b15";

  @TempDir private Path folder;
  private FakeMachinesDaemon daemon;
  private final InputStream input = System.in;

  @BeforeEach
  void start() throws Exception {
    daemon = FakeMachinesDaemon.start(folder);
  }

  @AfterEach
  void end() {
    System.setIn(input);
    daemon.close();
  }

  private String ok(String... arguments) {
    Said said = daemon.run(arguments);
    assertThat(said.code()).as(said.err()).isZero();
    assertThat(said.out() + said.err()).doesNotContain(VALUE);
    return said.out();
  }

  private JsonNode json(String... arguments) {
    return Json.read(ok(arguments), JsonNode.class);
  }

  private String put(String value, String... arguments) {
    System.setIn(new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8)));
    return ok(arguments).strip();
  }

  private HttpResponse<String> call(String method, String path, String token, String body)
      throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + daemon.port() + path))
              .header("Authorization", "Bearer " + token)
              .header("Content-Type", "application/octet-stream")
              .method(method, HttpRequest.BodyPublishers.ofString(body))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  void theVaultIsMadeShownAndGetsAnotherKey() throws Exception {
    Said before = daemon.run("vault", "status");
    assertThat(before.code()).isEqualTo(1);
    assertThat(before.out()).contains("uninitialized", folder.resolve("vault.key").toString());
    Said refused = daemon.run("credentials", "validate", "cred-000000000000");
    assertThat(refused.code()).isEqualTo(4);

    JsonNode made = json("vault", "init", "--json");
    assertThat(made.path("state").asString()).isEqualTo("open");
    assertThat(Files.size(folder.resolve("vault.key"))).isEqualTo(32);
    Said twice = daemon.run("vault", "init");
    assertThat(twice.code()).isEqualTo(3);
    assertThat(twice.err()).contains("There is a vault already", "visco vault status");

    String id = put(VALUE, "credentials", "put", "qwen-code", "--user", "alice");
    JsonNode rotated = json("vault", "rotate", "--json");
    assertThat(rotated.path("master").asString()).isNotEqualTo(made.path("master").asString());
    assertThat(rotated.path("secrets").path("credential").asInt()).isEqualTo(1);
    assertThat(ok("vault", "status")).contains("open", "credential");
    assertThat(ok("vault")).as("alone it tells how it is").isEqualTo(ok("vault", "status"));
    assertThat(ok("credentials", "validate", id)).contains("it decrypts");
    Said other = daemon.run("vault", "rotate", "--key-file", "/not/there");
    assertThat(other.code()).isEqualTo(3);
    assertThat(other.err()).contains("there is no file /not/there");
  }

  @Test
  void whatNeedsTheVaultIsRefusedUntilThereIsOneAndSaysWhatToDo() {
    System.setIn(new ByteArrayInputStream(VALUE.getBytes(StandardCharsets.UTF_8)));
    Said said = daemon.run("credentials", "put", "qwen-code", "--user", "alice");
    assertThat(said.code()).isEqualTo(3);
    assertThat(said.err()).contains("There is no vault on this host yet", "visco vault init");
    assertThat(said.err()).doesNotContain(VALUE);
  }

  @Test
  void aCredentialIsPutListedShownValidatedAndRemoved() throws Exception {
    ok("vault", "init");
    String id = put(VALUE + "\n", "credentials", "put", "qwen-code", "--user", "alice");
    assertThat(id).matches("cred-[0-9a-f]{12}");
    String again =
        put(VALUE + "2", "credentials", "put", "qwen-code", "--user", "alice", "--expires", "30d");
    assertThat(again).isEqualTo(id);
    Path file = Files.writeString(folder.resolve("value"), "u:p\n");
    ok(
        "credentials",
        "put",
        "p.example:1080",
        "--kind",
        "proxy",
        "--user",
        "bob",
        "--value-file",
        file.toString());

    assertThat(ok("credentials", "ls")).contains(id, "alice", "qwen-code", "unchecked", "bob");
    assertThat(ok("credentials", "ls", "--user", "alice")).contains(id).doesNotContain("bob");
    assertThat(ok("credentials")).isEqualTo(ok("credentials", "ls"));
    JsonNode shown = json("credentials", "show", id, "--meta", "--json");
    assertThat(shown.path("version").asInt()).isEqualTo(2);
    assertThat(shown.path("kind").asString()).isEqualTo("credential");
    assertThat(shown.has("expires")).isTrue();
    assertThat(shown.propertyNames())
        .containsExactlyInAnyOrder(
            "id",
            "kind",
            "user",
            "provider",
            "name",
            "version",
            "state",
            "expires",
            "created",
            "changed",
            "vms");
    assertThat(ok("credentials", "validate", id))
        .isEqualTo(id + " is unchecked: it decrypts, and its provider cannot be asked\n");
    assertThat(ok("credentials", "rm", id)).contains(id);
    assertThat(daemon.run("credentials", "show", id).code()).isEqualTo(4);
    assertThat(ok("events", "--kind", "credential")).contains("read", "removed");
  }

  @Test
  void aCredentialIsDeliveredOnceMoreAndShownWhereItIs() throws Exception {
    ok("vault", "init");
    String id = put(VALUE, "credentials", "put", "qwen", "--user", "alice");
    assertThat(ok("credentials", "deliver", id)).as("there is no VM").isEmpty();
    String vm = ok("create", "--user", "alice", "--name", "tools", "--no-wait").strip();
    Said said = daemon.run("credentials", "deliver", id);
    assertThat(said.code()).isEqualTo(1);
    assertThat(said.out()).contains(vm + " waiting");
    Said chosen = daemon.run("credentials", "deliver", id, "--vm", "tools", "--json");
    JsonNode where = Json.read(chosen.out(), JsonNode.class);
    assertThat(where.path(0).path("vm").asString()).isEqualTo(vm);
    assertThat(where.path(0).path("state").asString()).isEqualTo("waiting");
    assertThat(json("credentials", "show", id, "--json").path("vms")).isEqualTo(where);
    assertThat(where.path(0).path("chosen").asBoolean()).isTrue();
    Said back = daemon.run("credentials", "deliver", id, "--vm", "tools", "--unchoose", "--json");
    JsonNode after = Json.read(back.out(), JsonNode.class);
    assertThat(after.path(0).path("state").asString()).isEqualTo("waiting");
    assertThat(after.path(0).has("chosen")).isFalse();
    Said again = daemon.run("credentials", "deliver", id, "--unchoose");
    assertThat(again.code()).isEqualTo(3);
    assertThat(again.err()).contains("No VM was chosen", "Nothing has to be taken back");
    Said missing = daemon.run("credentials", "deliver", id, "--vm", "nowhere");
    assertThat(missing.code()).isEqualTo(4);
    String other = put(VALUE, "credentials", "put", "no-such", "--user", "alice");
    Said unknown = daemon.run("credentials", "deliver", other);
    assertThat(unknown.code()).isEqualTo(3);
    assertThat(unknown.err()).contains("no-such", "is not known", "visco provider ls");
    assertThat(ok("credentials", "rm", id)).contains(id);
  }

  @Test
  void aUsersTokenSeesAndPutsThatUsersAlone() throws Exception {
    ok("vault", "init");
    ok("user", "create", "alice");
    ok("user", "create", "bob");
    String alice = ok("token", "create", "a", "--user", "alice").strip();
    String bob = ok("token", "create", "b", "--user", "bob").strip();
    String reads = ok("token", "create", "r", "--user", "alice", "--read-only").strip();
    HttpResponse<String> made = call("POST", "/api/credentials?provider=codex", alice, VALUE);
    assertThat(made.statusCode()).isEqualTo(201);
    assertThat(made.body()).doesNotContain(VALUE);
    String id = Json.read(made.body(), JsonNode.class).path("id").asString();
    assertThat(Json.read(made.body(), JsonNode.class).path("user").asString()).isEqualTo("alice");

    assertThat(call("POST", "/api/credentials?provider=codex&user=alice", bob, VALUE).statusCode())
        .isEqualTo(400);
    assertThat(call("POST", "/api/credentials?provider=codex", reads, VALUE).statusCode())
        .isEqualTo(403);
    assertThat(call("GET", "/api/credentials", bob, "").body()).isEqualToIgnoringNewLines("[]");
    assertThat(call("GET", "/api/credentials?user=alice", bob, "").body())
        .isEqualToIgnoringNewLines("[]");
    for (String path : List.of("/api/credentials/" + id, "/api/credentials/cred-000000000000")) {
      assertThat(call("GET", path, bob, "").statusCode()).isEqualTo(404);
      assertThat(call("DELETE", path, bob, "").statusCode()).isEqualTo(404);
      assertThat(call("POST", path + "/validate", bob, "").statusCode()).isEqualTo(404);
      assertThat(call("POST", path + "/deliver", bob, "{}").statusCode()).isEqualTo(404);
    }
    assertThat(call("GET", "/api/credentials/" + id, reads, "").statusCode()).isEqualTo(200);
    assertThat(call("GET", "/api/vault", alice, "").statusCode()).isEqualTo(403);
    String events = call("GET", "/api/events?kind=credential", alice, "").body();
    assertThat(events).contains("credential-stored", id);
    assertThat(call("GET", "/api/events?kind=credential", bob, "").body())
        .isEqualToIgnoringNewLines("[]");
    assertThat(call("DELETE", "/api/credentials/" + id, alice, "").statusCode()).isEqualTo(200);
  }

  @Test
  void badNamesAndLengthsAreRefused() throws Exception {
    ok("vault", "init");
    String admin = daemon.adminToken();
    for (String query :
        List.of(
            "?user=alice",
            "?provider=codex",
            "?user=alice&provider=a%20b",
            "?user=alice&provider=codex&kind=vm-keys",
            "?user=alice&provider=codex&expires=soon")) {
      assertThat(call("POST", "/api/credentials" + query, admin, VALUE).statusCode())
          .as(query)
          .isEqualTo(400);
    }
    String codex = "/api/credentials?user=alice&provider=codex";
    assertThat(call("POST", codex, admin, "").statusCode()).isEqualTo(400);
    assertThat(call("POST", codex, admin, "x".repeat((64 << 10) + 1)).statusCode()).isEqualTo(400);
    assertThat(call("POST", codex, admin, "x".repeat(64 << 10)).statusCode()).isEqualTo(201);
    assertThat(call("POST", "/api/vault/rotate", admin, "{\"keyFile\":\"relative\"}").statusCode())
        .isEqualTo(415);
  }
}
