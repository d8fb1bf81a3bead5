package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.http.AccessControl;
import dev.visco.api.http.Authenticator;
import dev.visco.api.http.GuestTickets;
import dev.visco.api.http.RateLimits;
import dev.visco.api.http.Route;
import dev.visco.delivery.ToolCredentials;
import dev.visco.model.Access;
import dev.visco.model.TokenRole;
import dev.visco.model.UserId;
import dev.visco.model.UserState;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.users.AuditLog;
import dev.visco.wire.CreateRequest;
import dev.visco.wire.ExecMessage;
import dev.visco.wire.GuestTicketDocument;
import dev.visco.wire.Json;
import dev.visco.wire.TicketDocument;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pages of browsers open WebSockets into a VM by tickets, since they can send no token. */
@Timeout(60)
class GuestTicketsTest {
  private static final UserId ALICE = new UserId("alice");

  private static Access user(String name, boolean readOnly) {
    return new Access(name, TokenRole.USER, new UserId(name), readOnly, "digest of " + name, null);
  }

  private volatile long nanos;
  private final KnownTokens tokens =
      KnownTokens.of("alice's", user("alice", false))
          .with("bob's", user("bob", false))
          .with(
              "reader's",
              new Access("reader", TokenRole.USER, ALICE, true, "digest of reader", null));
  private final HttpClient client = HttpClient.newHttpClient();
  private final GuestTickets tickets =
      new GuestTickets(() -> nanos, () -> Instant.EPOCH, new Random(7));
  @TempDir private Path folder;
  private FakeVms vms;
  private ApiServer server;
  private String vm;
  private String other;

  @BeforeEach
  void start() {
    vms = new FakeVms(folder);
    vm = ready();
    other = ready();
    var routes =
        new ArrayList<Route>(
            new VmRoutes(
                    vms,
                    ApiUnderTest.egress(),
                    ToolCredentials.NONE,
                    ApiUnderTest.execs(),
                    ApiUnderTest.keys())
                .routes());
    routes.addAll(new GuestTicketRoutes(vms, tickets).routes());
    server =
        ApiServer.start(
            new ApiServer.ListenAddress("127.0.0.1", 0, Set.of(), null),
            routes,
            new AccessControl(
                new Authenticator(tokens, null, tickets, () -> {}),
                new ServiceOwners(
                    vms,
                    new FakeServices(folder).snapshotService(),
                    id -> java.util.Optional.empty(),
                    new NoSignIns(),
                    one -> UserState.ACTIVE),
                AuditLog.NONE,
                RateLimits.NONE,
                false),
            () -> {},
            () -> true);
  }

  private String ready() {
    var id = vms.create(CreateRequest.of(ALICE.value(), "cli").build(), null).id();
    vms.settle(id, VmState.READY, null);
    return id.value();
  }

  @AfterEach
  void noSessionIsLeft() {
    Awaitility.await().until(() -> vms.guest.open.get() == 0);
    server.close();
    client.close();
  }

  private HttpResponse<String> ask(String secret, String id) throws Exception {
    return client.send(
        HttpRequest.newBuilder(
                URI.create(
                    "http://127.0.0.1:" + server.port() + "/api/vms/" + id + "/guest-tickets"))
            .POST(HttpRequest.BodyPublishers.noBody())
            .header("Authorization", "Bearer " + secret)
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private String ticket() throws Exception {
    HttpResponse<String> answer = ask("alice's", vm);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    GuestTicketDocument ticket = Json.read(answer.body(), GuestTicketDocument.class);
    assertThat(ticket.expires()).isEqualTo(Instant.EPOCH.plusSeconds(30));
    return ticket.ticket();
  }

  private RawWebSocket open(String path, String ticket) throws IOException {
    return RawWebSocket.open(
        new Socket("127.0.0.1", server.port()),
        "127.0.0.1:" + server.port(),
        path,
        List.of(
            "Sec-WebSocket-Protocol: "
                + GuestTicketDocument.GUEST
                + ", "
                + TicketDocument.SUBPROTOCOL
                + ticket));
  }

  private int status(String path, String ticket) throws IOException {
    try (RawWebSocket socket = open(path, ticket)) {
      return socket.status();
    }
  }

  @Test
  void aTicketOpensOneWebSocketOfItsVm() throws Exception {
    String ticket = ticket();
    try (RawWebSocket socket = open("/api/vms/" + vm + "/exec", ticket)) {
      assertThat(socket.status()).as(socket.body()).isEqualTo(101);
      assertThat(socket.head()).containsIgnoringCase("Sec-WebSocket-Protocol: visco.guest\r\n");
      socket.send(
          RawWebSocket.TEXT,
          Json.line(ExecMessage.start(List.of("cat"))).getBytes(StandardCharsets.UTF_8));
      socket.send(RawWebSocket.BINARY, "hello".getBytes(StandardCharsets.UTF_8));
      assertThat(new String(socket.read(6), StandardCharsets.UTF_8)).isEqualTo("\u0001hello");
    }
    assertThat(status("/api/vms/" + vm + "/exec", ticket)).as("once").isEqualTo(401);
    assertThat(status("/api/vms/" + vm + "/ports/80", ticket())).isEqualTo(101);
  }

  @Test
  void itOpensNoOtherVmAndIsUsedUpByTheTry() throws Exception {
    String ticket = ticket();
    assertThat(status("/api/vms/" + other + "/exec", ticket)).isEqualTo(401);
    assertThat(status("/api/vms/" + vm + "/exec", ticket)).isEqualTo(401);
    assertThat(status("/api/vms/" + vm + "/exec", "made-up")).isEqualTo(401);
  }

  @Test
  void afterThirtySecondsItOpensNothing() throws Exception {
    String ticket = ticket();
    nanos += Duration.ofSeconds(30).toNanos();
    assertThat(status("/api/vms/" + vm + "/exec", ticket)).isEqualTo(401);
  }

  @Test
  void itEndsWithTheTokenOfWhoAskedForIt() throws Exception {
    String ticket = ticket();
    tokens.revoke("alice's");
    assertThat(status("/api/vms/" + vm + "/exec", ticket)).isEqualTo(401);
  }

  @Test
  void whoMayNotOpenAGuestGetsNone() throws Exception {
    assertThat(ask("reader's", vm).statusCode()).isEqualTo(403);
    assertThat(ask("bob's", vm).statusCode()).as("another's VM is not there").isEqualTo(404);
    assertThat(ask("nobody's", vm).statusCode()).isEqualTo(401);
  }

  @Test
  void thereAreOnlySoManyThatNobodyUses() throws Exception {
    for (int issued = 0; issued < 1024; issued++) {
      tickets.issue(vms.vm(new VmId(vm)).id(), user("alice", false));
    }
    HttpResponse<String> refused = ask("alice's", vm);
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("Retry-After")).hasValue("30");
    nanos += Duration.ofSeconds(31).toNanos();
    assertThat(ask("alice's", vm).statusCode()).isEqualTo(201);
  }
}
