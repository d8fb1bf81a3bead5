package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.wire.Json;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Egress policies over HTTP and by commands: who sets them, whose is in force, what is refused. */
@Timeout(120)
class EgressRoutesTest {
  private static final String PASSWORD = "correct-horse-battery";
  @TempDir private Path folder;
  private FakeMachinesDaemon daemon;
  private String vm;

  @BeforeEach
  void start() throws Exception {
    daemon = FakeMachinesDaemon.start(Files.createDirectory(folder.resolve("data")));
    assertThat(call("POST", "/api/vault/init", "").statusCode()).isEqualTo(201);
    assertThat(call("POST", "/api/users", "{\"id\":\"alice\"}").statusCode()).isEqualTo(201);
    vm =
        json("POST", "/api/vms?wait=ready", "{\"userId\":\"alice\",\"vmType\":\"cli\"}")
            .path("vmId")
            .asString("");
    assertThat(vm).startsWith("vm-");
  }

  @AfterEach
  void end() {
    daemon.close();
  }

  private HttpResponse<String> call(String method, String target, String body) throws Exception {
    return daemon.call(daemon.adminToken(), method, target, body);
  }

  private JsonNode json(String method, String target, String body) throws Exception {
    return Json.read(call(method, target, body).body(), JsonNode.class);
  }

  private String ofVm() {
    return "/api/vms/" + vm + "/egress";
  }

  @Test
  void aVmsOwnPolicyCountsBeforeItsUsersAndThatBeforeTheDefault() throws Exception {
    JsonNode none = json("GET", ofVm(), "");
    assertThat(none.path("from").asString("")).isEqualTo("default");
    assertThat(none.path("way").asString("")).isEqualTo("nat");
    json("PUT", "/api/users/alice/egress", "{\"proxy\":\"http://Proxy.example:3128\"}");
    JsonNode users = json("GET", ofVm(), "");
    assertThat(users.path("from").asString("")).isEqualTo("user");
    assertThat(users.path("proxy").asString("")).isEqualTo("http://proxy.example:3128");
    JsonNode own =
        json("PUT", ofVm(), "{\"allow\":[\"*.Example.com\",\"198.51.100.0/24\"],\"deny\":[]}");
    assertThat(own.path("from").asString("")).isEqualTo("vm");
    assertThat(own.path("allow").toString()).isEqualTo("[\"*.example.com\",\"198.51.100.0/24\"]");
    assertThat(json("DELETE", ofVm(), "").path("from").asString("")).isEqualTo("user");
    assertThat(call("DELETE", "/api/users/alice/egress", "").statusCode()).isEqualTo(200);
    assertThat(call("DELETE", "/api/users/alice/egress", "").statusCode()).isEqualTo(200);
    assertThat(json("GET", ofVm(), "").path("from").asString("")).isEqualTo("default");
  }

  @Test
  void aVmIsCreatedWithAPolicyByOperatorsAlone() throws Exception {
    String body =
        "{\"userId\":\"alice\",\"vmType\":\"cli\",\"egress\":{\"deny\":[\"example.com\"]}}";
    String made = json("POST", "/api/vms", body).path("vmId").asString("");
    JsonNode policy = json("GET", "/api/vms/" + made + "/egress", "");
    assertThat(policy.path("from").asString("")).isEqualTo("vm");
    assertThat(policy.path("deny").toString()).isEqualTo("[\"example.com\"]");
    String token =
        json("POST", "/api/tokens", "{\"name\":\"a\",\"role\":\"user\",\"user\":\"alice\"}")
            .path("secret")
            .asString("");
    HttpResponse<String> refused = daemon.call(token, "POST", "/api/vms", body);
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(403);
    assertThat(daemon.call(token, "PUT", ofVm(), "{}").statusCode()).isEqualTo(403);
    assertThat(daemon.call(token, "GET", ofVm(), "").statusCode()).isEqualTo(200);
    assertThat(daemon.call(token, "GET", ofVm() + "/refused", "").statusCode()).isEqualTo(200);
  }

  @Test
  void aPasswordGoesIntoTheVaultAndNowhereElse() throws Exception {
    String body =
        "{\"proxy\":\"socks5://alice@proxy.example:1080\",\"password\":\"" + PASSWORD + "\"}";
    HttpResponse<String> set = call("PUT", "/api/users/alice/egress", body);
    assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
    assertThat(set.body()).contains("\"hasPassword\":true").doesNotContain(PASSWORD);
    String again = "{\"proxy\":\"socks5://alice@proxy.example:1080\",\"allow\":[\"a.example\"]}";
    assertThat(call("PUT", ofVm(), again).body())
        .as("the one that is kept for this proxy and name")
        .contains("\"hasPassword\":true");
    call("DELETE", "/api/users/alice/egress", "");
    assertThat(json("GET", ofVm(), "").path("hasPassword").asBoolean()).isTrue();
    assertThat(nowhere()).isEmpty();
    call("DELETE", ofVm(), "");
    assertThat(call("PUT", ofVm(), again).body())
        .as("it went with the last policy that named it")
        .contains("\"hasPassword\":false");
  }

  /** Files that have the password in clear. */
  private List<Path> nowhere() throws Exception {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> {
            try {
              return Files.readString(file, StandardCharsets.ISO_8859_1).contains(PASSWORD);
            } catch (IOException e) {
              return false;
            }
          })
          .toList();
    }
  }

  @Test
  void withoutAVaultAPolicyWithAPasswordIsRefusedAndOneWithoutIsNot() throws Exception {
    try (var other = FakeMachinesDaemon.start(Files.createDirectory(folder.resolve("other")))) {
      other.call(other.adminToken(), "POST", "/api/users", "{\"id\":\"bob\"}");
      String proxy = "{\"proxy\":\"http://bob@proxy.example:3128\"";
      HttpResponse<String> refused =
          other.call(
              other.adminToken(),
              "PUT",
              "/api/users/bob/egress",
              proxy + ",\"password\":\"" + PASSWORD + "\"}");
      assertThat(refused.statusCode()).as(refused.body()).isBetween(400, 503);
      assertThat(refused.body()).contains("vault").doesNotContain(PASSWORD);
      assertThat(other.call(other.adminToken(), "GET", "/api/users/bob/egress", "").body())
          .contains("default");
      assertThat(
              other
                  .call(other.adminToken(), "PUT", "/api/users/bob/egress", proxy + "}")
                  .statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void whatIsNoPolicyIsRefusedByItsField() throws Exception {
    var cases =
        Map.of(
            "{\"proxy\":\"proxy.example\"}", "proxy",
            "{\"proxy\":\"http://a:secretly@proxy.example:1\"}", "proxy",
            "{\"proxy\":\"http://proxy.example:1\",\"password\":\"x\"}", "password",
            "{\"password\":\"x\"}", "password",
            "{\"address\":\"192.0.2.1\"}", "address",
            "{\"address\":\"127.0.0.1\",\"proxy\":\"http://p.example:1\"}", "address",
            "{\"allow\":[\"a b\"]}", "allow",
            "{\"deny\":[\"10.0.0.1/8\"]}", "deny",
            "{\"way\":\"nat\"}", "way");
    var soft = new SoftAssertions();
    for (var one : cases.entrySet()) {
      for (String target : List.of(ofVm(), "/api/users/alice/egress")) {
        HttpResponse<String> refused = call("PUT", target, one.getKey());
        soft.assertThat(refused.statusCode()).as(one.getKey() + refused.body()).isBetween(400, 422);
        soft.assertThat(refused.body())
            .contains("\"field\":\"" + one.getValue() + "\"")
            .doesNotContain("secretly");
      }
    }
    soft.assertThat(call("PUT", "/api/users/nobody/egress", "{}").statusCode()).isEqualTo(404);
    soft.assertThat(call("POST", ofVm() + "/test?url=ftp://a", "").statusCode())
        .isBetween(400, 422);
    soft.assertAll();
  }

  @Test
  void commandsSetShowTestAndRemove() throws Exception {
    Path password = Files.writeString(folder.resolve("proxy.txt"), PASSWORD + "\nmore\n");
    assertThat(
            daemon
                .run(
                    "egress",
                    "set",
                    "--user",
                    "alice",
                    "--proxy",
                    "http://alice@proxy.example:3128",
                    "--password-file",
                    password.toString(),
                    "--allow",
                    "example.com,*.example.com",
                    "--deny",
                    "bad.example.com")
                .out())
        .contains("through http://alice@proxy.example:3128 with a password: its user's policy")
        .contains("allow example.com, *.example.com")
        .contains("deny bad.example.com");
    assertThat(daemon.run("egress", "show", vm).out()).contains("its user's policy");
    // What comes from inside a guest GuestTesterTest and EgressIT try.
    daemon.run("stop", vm);
    var test = daemon.run("egress", "test", vm, "--url", "http://bad.example.com/");
    assertThat(test.code()).as(test.err()).isEqualTo(1);
    assertThat(test.out())
        .contains("nothing came: ", "(rule deny bad.example.com)")
        .contains("the guest was not asked: its VM is not ready");
    assertThat(daemon.run("egress", "log", vm).out()).contains("PROTOCOL", "RULE");
    assertThat(daemon.run("egress", "rm", "--user", "alice").out()).contains("alice");
    assertThat(daemon.run("egress", "show", vm).out())
        .contains("leaves as the host's (NAT): the default");
    assertThat(daemon.run("egress", "show").err()).contains("Give a VM, or --user USER");
    assertThat(daemon.run("egress", "set", vm, "--user", "alice").err()).contains("VM");
  }

  @Test
  void aVmIsCreatedWithAPolicyByACommand() throws Exception {
    Path password = Files.writeString(folder.resolve("pw"), PASSWORD + "\n");
    String made =
        daemon
            .run(
                "create",
                "--user",
                "alice",
                "--no-wait",
                "--egress",
                "proxy=socks5://alice@proxy.example:1080",
                "--egress",
                "password-file=" + password,
                "--egress",
                "allow=*.example.com,198.51.100.0/24",
                "--egress",
                "deny=bad.example.com")
            .out()
            .strip();
    JsonNode policy = json("GET", "/api/vms/" + made + "/egress", "");
    assertThat(policy.path("from").asString("")).isEqualTo("vm");
    assertThat(policy.path("proxy").asString("")).isEqualTo("socks5://alice@proxy.example:1080");
    assertThat(policy.path("hasPassword").asBoolean()).isTrue();
    assertThat(policy.path("allow").toString())
        .isEqualTo("[\"*.example.com\",\"198.51.100.0/24\"]");
    assertThat(policy.path("deny").toString()).isEqualTo("[\"bad.example.com\"]");
    for (String bad : List.of("colour=red", "proxy", "allow=")) {
      assertThat(daemon.run("create", "--egress", bad).err()).contains("no KEY=VALUE");
    }
    assertThat(
            daemon
                .run("create", "--egress", "address=192.0.2.1", "--egress", "address=192.0.2.2")
                .err())
        .contains("is given twice");
    assertThat(daemon.run("create", "--egress", "password-file=/not/there").err())
        .contains("cannot be read");
  }

  @Test
  void aUsersPolicyGoesWithTheUser() throws Exception {
    call("PUT", "/api/users/alice/egress", "{\"deny\":[\"example.com\"]}");
    call("DELETE", "/api/users/alice?force=true", "");
    call("POST", "/api/users", "{\"id\":\"alice\"}");
    assertThat(json("GET", "/api/users/alice/egress", "").path("from").asString(""))
        .isEqualTo("default");
  }
}
