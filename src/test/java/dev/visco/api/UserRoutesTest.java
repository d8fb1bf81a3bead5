package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.wire.Json;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What {@code /api/users} and {@code /api/tokens} take, and what they say of what they refuse. */
@Timeout(60)
class UserRoutesTest {
  @TempDir private Path folder;
  private FakeMachinesDaemon daemon;

  @BeforeEach
  void start() throws Exception {
    daemon = FakeMachinesDaemon.start(folder);
    assertThat(call("POST", "/api/users", "{\"id\":\"alice\"}").statusCode()).isEqualTo(201);
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

  private static final List<String> REFUSED =
      List.of(
          "POST /api/users | {} | id",
          "POST /api/users | {\"id\":\"\"} | id",
          "POST /api/users | {\"id\":\"a b\"} | userId",
          "POST /api/users | {\"id\":[]} | id",
          "POST /api/users | {\"id\":\"bob\",\"name\":\"Bob\"} | name",
          "POST /api/users | {\"id\":\"bob\",\"labels\":{\"\":\"x\"}} | labels",
          "POST /api/users | {\"id\":\"bob\",\"labels\":{\"-a\":\"x\"}} | labels",
          "POST /api/users | {\"id\":\"bob\",\"labels\":{\"a\":null}} | a",
          "POST /api/users | {\"id\":\"bob\",\"labels\":[\"a\"]} | labels",
          "POST /api/users | {\"id\":\"bob\",\"quota\":{\"vm\":3}} | vm",
          "POST /api/users | {\"id\":\"bob\",\"quota\":{\"vms\":-1}} | quota.vms",
          "POST /api/users | {\"id\":\"bob\",\"quota\":{\"vms\":\"many\"}} | vms",
          "POST /api/users | {\"id\":\"bob\",\"quota\":{\"vms\":1.5}} | vms",
          "POST /api/users | {\"id\":\"bob\",\"quota\":{\"vms\":99999999999}} | vms",
          "POST /api/users | {\"id\":\"bob\",\"quota\":{\"memoryMib\":-1}} | quota.memoryMib",
          "POST /api/users | {\"id\":\"bob\",\"quota\":{\"diskMib\":2199023255552}} | quota.diskMib",
          "POST /api/users | {\"id\":\"bob\",\"quota\":{\"createsPerMinute\":-5}} | quota.createsPerMinute",
          "POST /api/users | {\"id\":\"bob\",\"quota\":{\"vmsPerType\":{\"cli\":-1}}} | quota.vmsPerType.cli",
          "POST /api/users | {\"id\":\"bob\",\"quota\":{\"vmsPerType\":{\"cli\":null}}} | cli",
          "POST /api/users | [] | body",
          "POST /api/users | null | body",
          "POST /api/users | {\"id\":\"bob\" | body",
          "PATCH /api/users/alice | {\"id\":\"bob\"} | id",
          "PATCH /api/users/alice | {\"state\":\"suspended\"} | state",
          "PATCH /api/users/alice | {\"quota\":{\"vcpus\":-1}} | quota.vcpus",
          "GET /api/users?limit=0 |  | limit",
          "GET /api/users?page=2 |  | page",
          "GET /api/users/a%20b |  | userId",
          "POST /api/tokens | {} | name",
          "POST /api/tokens | {\"name\":\"t\"} | role",
          "POST /api/tokens | {\"name\":\"t\",\"role\":\"king\"} | role",
          "POST /api/tokens | {\"name\":\"t\",\"role\":\"user\"} | user",
          "POST /api/tokens | {\"name\":\"t\",\"role\":\"admin\",\"user\":\"alice\"} | user",
          "POST /api/tokens | {\"name\":\"-t\",\"role\":\"admin\"} | name",
          "POST /api/tokens | {\"name\":\"t\",\"role\":\"admin\",\"expires\":\"soon\"} | expires",
          "POST /api/tokens | {\"name\":\"t\",\"role\":\"admin\",\"expires\":\"0s\"} | expires",
          "POST /api/tokens | {\"name\":\"t\",\"role\":\"admin\",\"expires\":7} | expires",
          "POST /api/tokens | {\"name\":\"t\",\"role\":\"admin\",\"readOnly\":\"perhaps\"} | readOnly",
          "POST /api/tokens | {\"name\":\"t\",\"role\":\"admin\",\"secret\":\"mine\"} | secret",
          "GET /api/audit?since=yesterday |  | since",
          "GET /api/audit?before=x |  | before");

  /** Each names its field and what to do; nothing is changed. */
  @Test
  void whatCannotBeIsRefusedByItsField() throws Exception {
    JsonNode users = json("GET", "/api/users", "");
    List<String> tokens = json("GET", "/api/tokens", "").findValuesAsString("name");
    var softly = new SoftAssertions();
    for (String row : REFUSED) {
      String[] cells = row.split(" \\| ", 3);
      String[] request = cells[0].split(" ", 2);
      HttpResponse<String> answer = call(request[0], request[1], cells[1].strip());
      JsonNode problem = Json.read(answer.body(), JsonNode.class);
      softly.assertThat(answer.statusCode()).as(row + ": " + answer.body()).isEqualTo(400);
      softly.assertThat(problem.path("field").asString()).as(row).isEqualTo(cells[2]);
      softly.assertThat(problem.path("detail").asString()).as(row).contains(cells[2]);
      softly.assertThat(problem.path("remedy").asString()).as(row).isNotBlank();
    }
    softly.assertThat(json("GET", "/api/users", "")).isEqualTo(users);
    softly.assertThat(json("GET", "/api/tokens", "").findValuesAsString("name")).isEqualTo(tokens);
    softly.assertAll();
  }

  @Test
  void theAuditOfAVmThatIsNotThereIsNotThere() throws Exception {
    assertThat(call("GET", "/api/audit?vm=web", "").statusCode()).isEqualTo(404);
    assertThat(call("GET", "/api/audit?vm=vm-0000dead", "").statusCode())
        .as("it may have been there long ago")
        .isEqualTo(200);
  }

  /** A user's id may have characters that are encoded in a path. */
  @Test
  void namesAreDecoded() throws Exception {
    for (String id : List.of("a@b.example", "a+b", "%61lice")) {
      assertThat(call("POST", "/api/users", "{\"id\":\"" + id + "\"}").statusCode())
          .isEqualTo(id.startsWith("%") ? 400 : 201);
    }
    for (String path : List.of("a@b.example", "a%40b.example", "a%40b%2Eexample")) {
      assertThat(json("GET", "/api/users/" + path, "").path("id").asString())
          .isEqualTo("a@b.example");
    }
    assertThat(json("GET", "/api/users/a+b", "").path("id").asString()).isEqualTo("a+b");
    assertThat(json("GET", "/api/users/a%2Bb", "").path("id").asString()).isEqualTo("a+b");
    assertThat(json("GET", "/api/users/%61lice", "").path("id").asString()).isEqualTo("alice");
    assertThat(daemon.run("user", "rm", "a@b.example", "a+b").out())
        .isEqualTo("a@b.example\na+b\n");
  }

  @Test
  void longNamesAndTooManyAreRefusedToo() throws Exception {
    String longValue = "{\"id\":\"bob\",\"labels\":{\"a\":\"" + "x".repeat(257) + "\"}}";
    assertThat(json("POST", "/api/users", longValue).path("field").asString())
        .isEqualTo("labels.a");
    var many = new StringBuilder("{\"id\":\"bob\",\"labels\":{\"l0\":\"\"");
    for (int number = 1; number < 65; number++) {
      many.append(",\"l").append(number).append("\":\"\"");
    }
    assertThat(json("POST", "/api/users", many + "}}").path("detail").asString())
        .contains("65 labels");
    assertThat(call("POST", "/api/users", "{\"id\":\"" + "x".repeat(129) + "\"}").statusCode())
        .isEqualTo(400);
    assertThat(
            call("POST", "/api/tokens", "{\"name\":\"" + "x".repeat(65) + "\",\"role\":\"admin\"}")
                .statusCode())
        .isEqualTo(400);
  }

  @Test
  void whatIsLeftOutOfAChangeStays() throws Exception {
    json("PATCH", "/api/users/alice", "{\"labels\":{\"team\":\"red\"},\"quota\":{\"vms\":3}}");
    JsonNode quota = json("PATCH", "/api/users/alice", "{\"quota\":{\"vcpus\":4}}");
    assertThat(quota.path("labels").path("team").asString()).isEqualTo("red");
    assertThat(quota.path("quota").toString()).as("all that there is").isEqualTo("{\"vcpus\":4}");
    JsonNode labels = json("PATCH", "/api/users/alice", "{\"id\":\"alice\",\"labels\":{}}");
    assertThat(labels.path("labels")).isEmpty();
    assertThat(labels.path("quota").toString()).isEqualTo("{\"vcpus\":4}");
    assertThat(json("PATCH", "/api/users/alice", "{}").path("quota"))
        .isEqualTo(labels.path("quota"));
  }

  @Test
  void pagesGoOnByTheirLink() throws Exception {
    for (String id : new String[] {"bob", "carl"}) {
      assertThat(
              call("POST", "/api/users", "{\"id\":\"" + id + "\"}")
                  .headers()
                  .firstValue("Location"))
          .contains("/api/users/" + id);
      call(
          "POST",
          "/api/tokens",
          "{\"name\":\"of-" + id + "\",\"role\":\"user\",\"user\":\"" + id + "\"}");
    }
    HttpResponse<String> first = call("GET", "/api/users?limit=2", "");
    assertThat(Json.read(first.body(), JsonNode.class).findValuesAsString("id"))
        .containsExactly("alice", "bob");
    assertThat(first.headers().firstValue("Link"))
        .contains("</api/users?limit=2&after=bob>; rel=\"next\"");
    assertThat(json("GET", "/api/users?limit=2&after=bob", "").findValuesAsString("id"))
        .containsExactly("carl");
    assertThat(json("GET", "/api/tokens?limit=2&after=admin", "").findValuesAsString("name"))
        .containsExactly("of-bob", "of-carl");
    assertThat(call("GET", "/api/tokens?after=of-carl", "").body()).isEqualToIgnoringNewLines("[]");
  }
}
