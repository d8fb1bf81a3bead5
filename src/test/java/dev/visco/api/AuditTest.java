package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.http.AccessControl;
import dev.visco.api.http.Authenticator;
import dev.visco.api.http.RateLimit;
import dev.visco.api.http.RateLimits;
import dev.visco.api.http.Route;
import dev.visco.delivery.ToolCredentials;
import dev.visco.model.Access;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.TokenRole;
import dev.visco.model.UserId;
import dev.visco.model.UserState;
import dev.visco.store.AuditRow;
import dev.visco.store.AuditRows;
import dev.visco.store.Store;
import dev.visco.users.StoredAudit;
import dev.visco.wire.Json;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What is recorded of requests, and what too many of them get. */
@Timeout(60)
class AuditTest {
  private static final UserId ALICE = new UserId("alice");
  private static final String SECRET = "secret-of-alice";
  @TempDir private Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private final KnownTokens tokens =
      KnownTokens.of("root", Access.admin("root"))
          .with(SECRET, new Access("phone", TokenRole.USER, ALICE, false, null, null));
  private Instant now = Instant.parse("2026-01-02T03:04:05Z");
  private long nanos;
  private FakeServices services;
  private Store store;
  private StoredAudit audit;
  private ApiServer server;

  @BeforeEach
  void start() {
    services = new FakeServices(folder);
    store = Store.open(folder.resolve("data"));
    audit = new StoredAudit(new AuditRows(store, "here"), () -> now);
    var routes =
        new ArrayList<>(
            new VmRoutes(
                    services.vms,
                    ApiUnderTest.egress(),
                    ToolCredentials.NONE,
                    ApiUnderTest.execs(),
                    ApiUnderTest.keys())
                .routes());
    routes.addAll(new AuditRoutes(audit).routes());
    routes.add(
        Route.user(
            "POST",
            "/refused",
            exchange -> {
              throw new Refused(new Refusal.Conflict("It cannot be.", "Leave it."));
            }));
    server =
        ApiServer.start(
            new ApiServer.ListenAddress("127.0.0.1", 0, Set.of(), null),
            routes,
            new AccessControl(
                Authenticator.ofTokens(tokens),
                new ServiceOwners(
                    services.vms,
                    services.snapshotService(),
                    id -> java.util.Optional.empty(),
                    new NoSignIns(),
                    user -> UserState.ACTIVE),
                audit,
                new RateLimits(
                    new RateLimit(1, Duration.ofHours(1), 20, () -> nanos),
                    new RateLimit(3, Duration.ofMinutes(1), 3, () -> nanos)),
                false),
            () -> {},
            () -> true);
  }

  @AfterEach
  void end() {
    server.close();
    store.close();
    client.close();
  }

  private HttpResponse<String> call(String method, String path, String secret, String body)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .header("Authorization", "Bearer " + secret);
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  /** Newest first; the last one's status may come just after its answer. */
  private List<AuditRow> entries(int count) {
    Awaitility.await()
        .until(() ->
            all().size() == count && all().stream().allMatch(entry -> entry.status() != null));
    return all();
  }

  private List<AuditRow> all() {
    return audit.page(new AuditRows.Query(null, null, 0), 100, Long.MAX_VALUE);
  }

  @Test
  void whatChangesSomethingIsRecordedWithWhoWhereAndItsResult() throws Exception {
    String id =
        Json.read(call("POST", "/api/vms", SECRET, "{\"vmType\":\"cli\"}").body(), JsonNode.class)
            .path("vmId")
            .asString();
    AuditRow created = entries(1).getFirst();
    assertThat(created.caller()).isEqualTo("phone");
    assertThat(created.role()).isEqualTo(TokenRole.USER);
    assertThat(created.owner()).isEqualTo("alice");
    assertThat(created.vm()).isEqualTo(id);
    assertThat(created.address()).matches("127\\.0\\.0\\.1:\\d+");
    assertThat(created.method()).isEqualTo("POST");
    assertThat(created.target()).isEqualTo("/api/vms");
    assertThat(created.at()).isEqualTo(now.toEpochMilli());
    assertThat(created.status()).isEqualTo(202);

    call("DELETE", "/api/vms/" + id + "?wait=", "root", "");
    AuditRow destroyed = entries(2).getFirst();
    assertThat(destroyed.caller()).isEqualTo("root");
    assertThat(destroyed.owner()).as("whose VM it was").isEqualTo("alice");
    assertThat(destroyed.vm()).isEqualTo(id);
    assertThat(destroyed.route()).isEqualTo("/api/vms/{id}");
    assertThat(destroyed.target()).as("no query").isEqualTo("/api/vms/" + id);
  }

  @Test
  void whatWasRefusedIsRecordedAndReadingIsNot() throws Exception {
    assertThat(call("POST", "/refused", "root", "").statusCode()).isEqualTo(409);
    assertThat(entries(1).getFirst().status()).isEqualTo(409);
    assertThat(call("DELETE", "/api/vms/vm-0000dead", SECRET, "").statusCode()).isEqualTo(404);
    assertThat(entries(2).getFirst().status()).isEqualTo(404);
    call("GET", "/api/vms", "root", "");
    call("POST", "/refused", "nobody", "");
    assertThat(all()).hasSize(2);
  }

  @Test
  void openingAGuestIsRecordedThoughItIsAGet() throws Exception {
    String id =
        Json.read(call("POST", "/api/vms", SECRET, "{\"vmType\":\"cli\"}").body(), JsonNode.class)
            .path("vmId")
            .asString();
    call("GET", "/api/vms/" + id + "/console", SECRET, "");
    assertThat(entries(2).getFirst().route()).isEqualTo("/api/vms/{id}/console");
    try (var socket =
        RawWebSocket.open(
            new Socket("127.0.0.1", server.port()),
            "127.0.0.1:" + server.port(),
            "/api/vms/" + id + "/exec",
            List.of("Authorization: Bearer " + SECRET))) {
      assertThat(socket.status()).isEqualTo(101);
    }
    AuditRow opened = entries(3).getFirst();
    assertThat(opened.method()).isEqualTo("WEBSOCKET");
    assertThat(opened.status()).isEqualTo(101);
    assertThat(opened.vm()).isEqualTo(id);
  }

  @Test
  void noSecretIsInIt() throws Exception {
    String id =
        Json.read(call("POST", "/api/vms", SECRET, "{\"vmType\":\"cli\"}").body(), JsonNode.class)
            .path("vmId")
            .asString();
    call("POST", "/api/vms/" + id + "/exec", SECRET, "{\"command\":[\"login\",\"pass-word\"]}");
    assertThat(entries(2).toString()).doesNotContain(SECRET).doesNotContain("pass-word");
  }

  @Test
  void itIsAskedByUserVmAndTime() throws Exception {
    call("POST", "/api/vms", SECRET, "{\"vmType\":\"cli\"}");
    now = now.plusSeconds(60);
    call("POST", "/refused", "root", "");
    entries(2);
    assertThat(asked("")).containsExactly("root", "phone");
    assertThat(asked("?user=alice")).containsExactly("phone");
    assertThat(asked("?vm=vm-00000001")).containsExactly("phone");
    assertThat(asked("?since=2026-01-02T03:05:00Z")).containsExactly("root");
    assertThat(asked("?limit=1")).containsExactly("root");
    assertThat(call("GET", "/api/audit?since=yesterday", "root", "").statusCode()).isEqualTo(400);
  }

  private List<String> asked(String query) throws Exception {
    return Json.read(call("GET", "/api/audit" + query, "root", "").body(), JsonNode.class)
        .findValuesAsString("caller");
  }

  @Test
  void aTokenThatAsksTooOftenIsToldWhenItMayAgain() throws Exception {
    for (int number = 0; number < 20; number++) {
      assertThat(call("GET", "/api/vms", "root", "").statusCode()).isEqualTo(200);
    }
    HttpResponse<String> refused = call("GET", "/api/vms", "root", "");
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("Retry-After")).contains("3600");
    assertThat(refused.body()).contains("api.requests-per-second").contains("\"root\\\"");
    assertThat(call("GET", "/api/vms", SECRET, "").statusCode()).as("another").isEqualTo(200);
    nanos += Duration.ofHours(1).toNanos();
    assertThat(call("GET", "/api/vms", "root", "").statusCode()).isEqualTo(200);
  }

  @Test
  void anAddressWithoutAValidTokenIsToldToWaitAndValidOnesAreNot() throws Exception {
    for (int number = 0; number < 3; number++) {
      assertThat(call("GET", "/api/vms", "guess-" + number, "").statusCode()).isEqualTo(401);
    }
    HttpResponse<String> refused = call("GET", "/api/vms", "guess", "");
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("Retry-After")).contains("20");
    assertThat(refused.body()).contains("api.failures-per-minute");
    assertThat(call("GET", "/api/vms", "root", "").statusCode()).isEqualTo(200);
    nanos += Duration.ofSeconds(20).toNanos();
    assertThat(call("GET", "/api/vms", "guess", "").statusCode()).isEqualTo(401);
  }
}
