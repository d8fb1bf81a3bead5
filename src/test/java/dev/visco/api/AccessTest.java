package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.http.AccessControl;
import dev.visco.api.http.Authenticator;
import dev.visco.api.http.RateLimits;
import dev.visco.api.http.Role;
import dev.visco.api.http.Route;
import dev.visco.api.http.RouteOwner;
import dev.visco.model.Access;
import dev.visco.model.Digest;
import dev.visco.model.Snapshot;
import dev.visco.model.TokenRole;
import dev.visco.model.UserId;
import dev.visco.model.UserState;
import dev.visco.model.VmId;
import dev.visco.model.Volume;
import dev.visco.model.VolumeId;
import dev.visco.model.VolumeName;
import dev.visco.model.VolumeState;
import dev.visco.users.AuditLog;
import dev.visco.wire.CreateRequest;
import dev.visco.wire.Json;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Who may call which route, for every route that the router has: a new one is tried like all
 * others. Behind the routes stands nothing that could answer by itself, but where a test says so.
 */
@Timeout(120)
class AccessTest {
  private static final UserId ALICE = new UserId("alice");
  private static final UserId BOB = new UserId("bob");
  private static final UserId EVE = new UserId("eve");
  private static final String ABSENT_VM = "vm-0000dead";
  private static final String ABSENT_NAME = "absent";
  private static final Path DOCUMENT = Path.of("docs/users.md");

  /** Every kind of token, by its secret. */
  private static final KnownTokens TOKENS =
      KnownTokens.none()
          .with("admin", Access.admin("root"))
          .with("admin-reads", token("admin-reads", TokenRole.ADMIN, null, true))
          .with("operator", token("operator", TokenRole.OPERATOR, null, false))
          .with("operator-reads", token("operator-reads", TokenRole.OPERATOR, null, true))
          .with("alice", token("alice", TokenRole.USER, ALICE, false))
          .with("alice-reads", token("alice-reads", TokenRole.USER, ALICE, true))
          .with("bob", token("bob", TokenRole.USER, BOB, false))
          .with("eve", token("eve", TokenRole.USER, EVE, false));

  @TempDir private Path folder;
  private FakeServices services;
  private List<Route> routes;
  private ApiServer server;
  private VmId ofAlice;
  private VmId ofBob;

  private static Access token(
      String name, TokenRole role, @Nullable UserId user, boolean readOnly) {
    return new Access(name, role, user, readOnly, null, null);
  }

  @BeforeEach
  void start() {
    services = new FakeServices(folder);
    ofAlice = vm(ALICE);
    ofBob = vm(BOB);
    services.snapshots.add(snapshot("of-alice", ofAlice, ALICE));
    services.snapshots.add(snapshot("of-bob", ofBob, BOB));
    services.volumes.add(volume("of-alice", ALICE));
    services.volumes.add(volume("of-bob", BOB));
    routes = services.routes();
    // Whoever is let in is told so; what the routes themselves do is not asked here.
    server = serve(routes.stream().map(AccessTest::letIn).toList());
  }

  private static Route letIn(Route route) {
    return route.withAction(exchange -> exchange.text(200, "text/plain", "let in"));
  }

  private ApiServer serve(List<Route> served) {
    var users =
        new ServiceOwners(
            services.vms,
            services.snapshotService(),
            id ->
                Map.of("of-alice", ALICE, "of-bob", BOB).entrySet().stream()
                    .filter(one -> one.getKey().equals(id))
                    .map(Map.Entry::getValue)
                    .findFirst(),
            new NoSignIns(Map.of("of-alice", ALICE, "of-bob", BOB)),
            user -> user.equals(EVE) ? UserState.SUSPENDED : UserState.ACTIVE);
    return ApiServer.start(
        new ApiServer.ListenAddress("127.0.0.1", 0, Set.of(), null),
        served,
        new AccessControl(
            Authenticator.ofTokens(TOKENS), users, AuditLog.NONE, RateLimits.NONE, false),
        () -> {},
        () -> true);
  }

  private VmId vm(UserId user) {
    return services.vms.create(CreateRequest.of(user.value(), "cli").build(), null).id();
  }

  private static Snapshot snapshot(String name, VmId vm, UserId user) {
    return new Snapshot(
        name, vm, user, new Digest("sha256:" + "0".repeat(64)), "qemu", Instant.EPOCH, 1);
  }

  private static Volume volume(String name, UserId user) {
    return new Volume(
        new VolumeId("vol-" + "%08x".formatted(name.hashCode())),
        user,
        new VolumeName(name),
        Volume.MIN_BYTES,
        0,
        VolumeState.READY,
        null,
        null,
        Instant.EPOCH);
  }

  @AfterEach
  void end() {
    server.close();
  }

  /** What was answered, without what is another at each request. */
  private record Answer(int status, String body, Map<String, List<String>> headers) {
    JsonNode json() {
      return Json.read(body, JsonNode.class);
    }
  }

  private Answer call(String method, String path, String secret, String body) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (!secret.isEmpty()) {
      request.header("Authorization", "Bearer " + secret);
    }
    // One connection for each call: a server may close one whose last request it has refused.
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      var headers = new TreeMap<>(answer.headers().map());
      headers.remove("date");
      return new Answer(answer.statusCode(), answer.body(), headers);
    }
  }

  /** A WebSocket that is let in gets no further than to an answer that is none. */
  private int upgrade(String path, String secret) throws Exception {
    List<String> headers =
        secret.isEmpty() ? List.of() : List.of("Authorization: Bearer " + secret);
    try (var socket =
        RawWebSocket.open(
            new Socket("127.0.0.1", server.port()), "127.0.0.1:" + server.port(), path, headers)) {
      return socket.status();
    }
  }

  private int status(Route route, String path, String secret) throws Exception {
    return route.isWebSocket()
        ? upgrade(path, secret)
        : call(route.method(), path, secret, "").status();
  }

  /** The path with what is alice's, or nobody's; a name of a volume is always alice's. */
  private static String path(Route route, String vm, String other) {
    String path =
        route
            .template()
            .replaceAll("\\{id}", route.owner() == RouteOwner.VM ? vm : other)
            .replaceAll("\\{prompt}", "prompt-" + vm.substring(3) + "-0123456789abcdef")
            .replaceAll("\\{[a-z]+}", other);
    return route.owner() == RouteOwner.VOLUME ? path + "?user=" + ALICE : path;
  }

  private static boolean isFor(Role role, TokenRole token) {
    return switch (role) {
      case ANYBODY, USER, DESKTOP_PAGE, DESKTOP_VIEWER, GUEST_SOCKET -> true;
      case OPERATOR -> token != TokenRole.USER;
      case ADMIN -> token == TokenRole.ADMIN;
      case DESKTOP_LINK -> false;
    };
  }

  /** Every route, with each kind of token, on what is alice's. */
  @TestFactory
  Stream<DynamicTest> everyRouteWithEachRole() {
    return routes.stream()
        .filter(route -> route.role() != Role.ANYBODY && route.role() != Role.DESKTOP_LINK)
        .map(route ->
            DynamicTest.dynamicTest(route.method() + " " + route.template(), () -> roles(route)));
  }

  private void roles(Route route) throws Exception {
    String path = path(route, ofAlice.value(), "of-alice");
    boolean reads = route.isReading();
    var expected = new TreeMap<String, Integer>();
    expected.put("", 401);
    expected.put("unknown", 401);
    expected.put("admin", 200);
    expected.put("admin-reads", reads ? 200 : 403);
    expected.put("operator", isFor(route.role(), TokenRole.OPERATOR) ? 200 : 403);
    expected.put("operator-reads", isFor(route.role(), TokenRole.OPERATOR) && reads ? 200 : 403);
    boolean isUsers = isFor(route.role(), TokenRole.USER);
    boolean isCallers = !isOneUsers(route.owner());
    expected.put("alice", isUsers ? 200 : 403);
    expected.put("alice-reads", isUsers && reads ? 200 : 403);
    expected.put("bob", !isUsers ? 403 : isCallers ? 200 : 404);
    expected.put("eve", !isUsers || !reads ? 403 : isCallers ? 200 : 404);
    var found = new TreeMap<String, Integer>();
    for (String secret : expected.keySet()) {
      found.put(secret, status(route, path, secret));
    }
    assertThat(found).isEqualTo(expected);
  }

  @Test
  void whatOpensAGuestIsNotForTokensThatOnlyRead() {
    assertThat(routes)
        .filteredOn(route -> route.method().equals("GET") && !route.isReading())
        .extracting(Route::template)
        .containsExactlyInAnyOrder(
            "/api/vms/{id}/files",
            "/api/vms/{id}/files/watch",
            "/api/vms/{id}/execs",
            "/api/vms/{id}/execs/{exec}",
            "/api/vms/{id}/execs/{exec}/output",
            "/api/prompts",
            "/api/prompts/{prompt}",
            "/api/prompts/{prompt}/events");
    assertThat(routes).filteredOn(Route::isReading).allMatch(route -> route.method().equals("GET"));
  }

  private static boolean isOneUsers(RouteOwner owner) {
    return switch (owner) {
      case VM, SNAPSHOT, VOLUME, CREDENTIAL, PROMPT, SESSION -> true;
      case HOST, EVERYBODY, CALLER -> false;
    };
  }

  /** To the letter: status, header fields and body. */
  @TestFactory
  Stream<DynamicTest> whatIsAnothersIsAnsweredLikeWhatIsNotThere() {
    return routes.stream()
        .filter(route -> isFor(route.role(), TokenRole.USER))
        .filter(route -> isOneUsers(route.owner()))
        .filter(route -> !route.isWebSocket())
        .map(route ->
            DynamicTest.dynamicTest(
                route.method() + " " + route.template(), () -> sameAsAbsent(route)));
  }

  private void sameAsAbsent(Route route) throws Exception {
    String others = path(route, ofAlice.value(), "of-alice");
    String absent = path(route, ABSENT_VM, ABSENT_NAME);
    Answer other = call(route.method(), others, "bob", "{}");
    Answer none = call(route.method(), absent, "bob", "{}");
    assertThat(other.status()).isEqualTo(404);
    assertThat(none.status()).isEqualTo(404);
    assertThat(unnamed(other.body(), ofAlice.value(), "of-alice"))
        .isEqualTo(unnamed(none.body(), ABSENT_VM, ABSENT_NAME));
    other.headers().remove("content-length");
    none.headers().remove("content-length");
    assertThat(other.headers()).isEqualTo(none.headers());
  }

  private static String unnamed(String body, String vm, String name) {
    return body.replace(vm, "NAME").replace(vm.substring(3), "NAME").replace(name, "NAME");
  }

  @Test
  void aRouteThatAUsersTokenMayCallSaysWhoseItIs() {
    assertThat(routes)
        .filteredOn(route -> isFor(route.role(), TokenRole.USER))
        .filteredOn(route -> route.template().contains("{"))
        .extracting(Route::owner)
        .doesNotContain(RouteOwner.HOST, RouteOwner.CALLER);
  }

  /** The lists themselves, with a user's token. */
  @Test
  void aUsersTokenListsOnlyWhatIsThatUsers() throws Exception {
    server.close();
    server = serve(routes);
    assertThat(call("GET", "/api/vms", "alice", "").json().findValuesAsString("vmId"))
        .containsExactly(ofAlice.value());
    assertThat(call("GET", "/api/vms?all=true", "bob", "").json().findValuesAsString("vmId"))
        .containsExactly(ofBob.value());
    assertThat(call("GET", "/api/vms", "operator", "").json()).hasSize(2);
    assertThat(call("GET", "/api/vms?user=alice", "bob", "").body())
        .as("as for a user that nobody has")
        .isEqualTo(call("GET", "/api/vms?user=nobody", "bob", "").body())
        .isEqualToIgnoringNewLines("[]");
    assertThat(call("GET", "/api/snapshots", "alice", "").json().findValuesAsString("name"))
        .containsExactly("of-alice");
    assertThat(call("GET", "/api/snapshots?vm=" + ofAlice, "bob", "").body())
        .isEqualToIgnoringNewLines("[]");
    assertThat(call("GET", "/api/snapshots?before=of-alice", "bob", "").status()).isEqualTo(404);
    assertThat(call("GET", "/api/snapshots", "admin", "").json()).hasSize(2);
    assertThat(call("GET", "/api/volumes", "alice", "").json().findValuesAsString("name"))
        .containsExactly("of-alice");
    assertThat(call("GET", "/api/volumes?user=alice", "bob", "").body())
        .isEqualToIgnoringNewLines("[]");
    assertThat(call("GET", "/api/volumes/of-bob", "bob", "").status()).isEqualTo(200);
    assertThat(call("GET", "/api/volumes/of-alice", "bob", "").status())
        .as("of bob's names it is none")
        .isEqualTo(404);
    assertThat(call("GET", "/api/volumes/of-alice?user=alice", "bob", "").status()).isEqualTo(404);
    assertThat(call("GET", "/api/volumes/of-alice?user=alice", "operator", "").status())
        .isEqualTo(200);
  }

  @Test
  void aUsersTokenCreatesForThatUserOnly() throws Exception {
    server.close();
    server = serve(routes);
    Answer own = call("POST", "/api/vms", "alice", "{\"vmType\":\"cli\"}");
    assertThat(own.status()).isEqualTo(202);
    assertThat(own.json().path("userId").asString()).isEqualTo("alice");
    Answer named = call("POST", "/api/vms", "alice", "{\"vmType\":\"cli\",\"userId\":\"alice\"}");
    assertThat(named.status()).isEqualTo(202);
    Answer other =
        call("POST", "/api/vms/create", "alice", "{\"vmType\":\"cli\",\"userId\":\"bob\"}");
    assertThat(other.status()).isEqualTo(400);
    assertThat(other.json().path("field").asString()).isEqualTo("userId");
    assertThat(call("POST", "/api/vms", "operator", "{\"vmType\":\"cli\"}").status())
        .as("nobody's own")
        .isEqualTo(400);
    assertThat(services.vms.list(false)).hasSize(4);
  }

  @Test
  void itIsToldWhatTheTokenMay() throws Exception {
    server.close();
    server = serve(routes);
    assertThat(call("GET", "/api/me", "alice-reads", "").body())
        .isEqualToIgnoringNewLines(
            "{\"token\":\"alice-reads\",\"role\":\"user\",\"user\":\"alice\",\"readOnly\":true}");
  }

  /** Everything that may be called, as people read it; a new route is written there on purpose. */
  @Test
  void theDocumentHasEveryRoute() throws Exception {
    var rows = new ArrayList<String>();
    for (JsonNode route : call("GET", "/api", "admin", "").json()) {
      String method = route.path("method").asString();
      String template = route.path("path").asString();
      boolean isAudited =
          routes.stream()
              .anyMatch(one ->
                  one.method().equals(method)
                      && one.template().equals(template)
                      && one.isAudited());
      rows.add(
          "| `%s %s` | %s | %s | %s |"
              .formatted(
                  method,
                  template,
                  route.path("role").asString(),
                  route.path("owner").asString(),
                  isAudited ? "yes" : ""));
    }
    rows.sort(String::compareTo);
    List<String> found =
        Files.readAllLines(DOCUMENT).stream()
            .filter(line -> line.startsWith("| `"))
            .filter(line -> line.contains(" /"))
            .toList();
    assertThat(found)
        .as("%s has this table:%n%s", DOCUMENT, String.join("\n", rows))
        .isEqualTo(rows);
  }

  @Test
  void anythingElseIsAskedOfTheHostAsBefore() throws Exception {
    assertThat(call("GET", "/health", "", "").status()).isEqualTo(200);
    assertThat(call("GET", "/api", "", "").status()).isEqualTo(401);
  }
}
