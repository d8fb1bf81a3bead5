package dev.visco.api.desktop;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.visco.api.RawWebSocket;
import dev.visco.desktop.DesktopService;
import dev.visco.diagnose.Diagnosis;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.rfb.RfbGuest;
import dev.visco.wire.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** Who is let in to a desktop, by which secret, and how often. */
@Timeout(120)
class VncTicketsTest {
  @TempDir private Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private DesktopsUnderTest api;
  private RfbGuest guest;
  private VmId id;

  @BeforeEach
  void start() {
    api = DesktopsUnderTest.start(folder);
    guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD);
    id = api.ready(guest);
  }

  @AfterEach
  void end() {
    guest.close();
    api.close();
    client.close();
  }

  /** An answer of the API. */
  private record Answer(int status, JsonNode json, String body) {
    String field(String name) {
      return json.path(name).asString();
    }
  }

  private Answer call(String method, String path, String authorization, String body)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://" + api.address() + "/api/vms/" + id + path))
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    var answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    return new Answer(answer.statusCode(), Json.read(answer.body(), JsonNode.class), answer.body());
  }

  private static String bearer() {
    return "Bearer " + DesktopsUnderTest.TOKEN;
  }

  private String ticket(String body) throws Exception {
    Answer answer = call("POST", "/tickets", bearer(), body);
    assertThat(answer.status()).isEqualTo(201);
    return answer.field("ticket");
  }

  private int status(RawWebSocket socket) throws IOException {
    try (socket) {
      return socket.status();
    }
  }

  @Test
  void aTicketOpensItsDesktopOnceAndItsLinkHasItInTheFragment() throws Exception {
    Answer answer = call("POST", "/tickets", bearer(), "");
    assertThat(answer.status()).isEqualTo(201);
    String ticket = answer.field("ticket");
    assertThat(ticket).matches("[A-Za-z0-9_-]{43}");
    assertThat(answer.field("link"))
        .isEqualTo("http://" + api.address() + "/vms/" + id + "/desktop#" + ticket);
    assertThat(answer.json().path("viewOnly").asBoolean()).isFalse();
    assertThat(status(api.withTicket(id, ticket))).isEqualTo(101);
    try (var again = api.withTicket(id, ticket)) {
      assertThat(again.status()).isEqualTo(401);
      assertThat(again.body()).contains("urn:visco:problem:unauthorized").doesNotContain(ticket);
      assertThat(again.head()).doesNotContain(ticket);
    }
  }

  @Test
  void aTicketHoldsForHalfAMinute() throws Exception {
    String ticket = ticket("{}");
    String late = ticket("{}");
    api.desktops.later = Duration.ofSeconds(29);
    assertThat(status(api.withTicket(id, ticket))).isEqualTo(101);
    api.desktops.later = Duration.ofSeconds(31);
    assertThat(status(api.withTicket(id, late))).isEqualTo(401);
  }

  @Test
  void ofAThousandAtOnceWithOneTicketExactlyOneGetsIn() throws Exception {
    String ticket = ticket("{}");
    int many = 1000;
    var all = new ArrayList<Future<Integer>>();
    var gate = new CyclicBarrier(many);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int number = 0; number < many; number++) {
        all.add(
            threads.submit(() -> {
              gate.await();
              return status(api.withTicket(id, ticket));
            }));
      }
    }
    var statuses = new ArrayList<Integer>();
    for (Future<Integer> one : all) {
      statuses.add(one.get());
    }
    assertThat(statuses).filteredOn(status -> status == 101).hasSize(1);
    assertThat(statuses).filteredOn(status -> status == 401).hasSize(many - 1);
    assertThat(api.viewers.metrics().getLast().value()).isEqualTo(many - 1);
  }

  @Test
  void aTicketOfAnotherVmOpensNothingAndIsNotUsedUpByTheTry() throws Exception {
    VmId other = api.ready(guest);
    String ticket = ticket("{}");
    assertThat(status(api.withTicket(other, ticket))).isEqualTo(401);
    assertThat(status(api.withTicket(id, ticket))).isEqualTo(101);
  }

  @Test
  void anotherUserGetsNoTicket() throws Exception {
    for (String other : List.of("eve", "visco", DesktopService.VISCO)) {
      Answer answer = call("POST", "/tickets", bearer(), "{\"user\":\"" + other + "\"}");
      assertThat(answer.status()).as(other).isEqualTo(400);
      assertThat(answer.field("field")).isEqualTo("user");
    }
    assertThat(ticket("{\"user\":\"ada\",\"viewOnly\":true}")).isNotEmpty();
  }

  @Test
  void withoutASecretOrWithAWrongOneNobodyGetsIn() throws Exception {
    assertThat(status(api.open(id))).isEqualTo(401);
    assertThat(status(api.open(id, "Authorization: Bearer wrong"))).isEqualTo(401);
    assertThat(status(api.open(id, "Authorization: Page " + ticket("{}")))).isEqualTo(401);
    assertThat(status(api.open(id, "Sec-WebSocket-Protocol: binary"))).isEqualTo(401);
    assertThat(status(api.withTicket(id, ""))).isEqualTo(401);
    assertThat(status(api.withTicket(id, "A".repeat(43)))).isEqualTo(401);
    assertThat(call("POST", "/tickets", "", "").status()).isEqualTo(401);
    assertThat(call("POST", "/tickets", "Bearer wrong", "").status()).isEqualTo(401);
    assertThat(call("POST", "/tickets", "Page wrong", "").status()).isEqualTo(401);
    assertThat(call("POST", "/page-keys", bearer(), "").status()).isEqualTo(401);
    assertThat(call("GET", "/desktop", "", "").status()).isEqualTo(401);
    assertThat(call("GET", "/views", "", "").status()).isEqualTo(401);
    // A ticket beside a wrong token: a proxy may have set that for itself.
    assertThat(
            status(
                api.open(
                    id,
                    "Authorization: Basic YTpi",
                    "Sec-WebSocket-Protocol: binary, visco.ticket." + ticket("{}"))))
        .isEqualTo(101);
  }

  @Test
  void anotherSitesPageIsRefusedEvenWithATicketWhichIsNotUsedUp() throws Exception {
    String ticket = ticket("{}");
    String protocols = "Sec-WebSocket-Protocol: binary, visco.ticket." + ticket;
    for (String origin :
        List.of(
            "https://" + api.address(),
            "http://evil.example",
            "http://localhost:" + api.port(),
            "null")) {
      assertThat(status(api.open(id, protocols, "Origin: " + origin))).as(origin).isEqualTo(403);
    }
    assertThat(status(api.open(id, protocols, "Origin: http://" + api.address()))).isEqualTo(101);
  }

  @Test
  void aPageExchangesItsLinksTicketForAKeyAndGetsTicketsForItselfWithIt() throws Exception {
    String link = ticket("{\"viewOnly\":true}");
    Answer key = call("POST", "/page-keys", "Ticket " + link, "");
    assertThat(key.status()).isEqualTo(201);
    assertThat(key.json().path("viewOnly").asBoolean()).isTrue();
    assertThat(call("POST", "/page-keys", "Ticket " + link, "").status())
        .as("a link opens once")
        .isEqualTo(401);
    String page = "Page " + key.field("key");
    for (int connection = 0; connection < 3; connection++) {
      Answer answer = call("POST", "/tickets", page, "");
      assertThat(answer.status()).isEqualTo(201);
      assertThat(answer.json().has("link")).isFalse();
      assertThat(answer.json().path("viewOnly").asBoolean()).isTrue();
      assertThat(status(api.withTicket(id, answer.field("ticket")))).isEqualTo(101);
    }
    assertThat(call("GET", "/desktop", page, "").field("state")).isEqualTo("ready");
    assertThat(call("GET", "/views", page, "").status()).as("others' views").isEqualTo(401);
    VmId mine = id;
    id = api.ready(guest);
    assertThat(call("POST", "/tickets", page, "").status()).as("another VM").isEqualTo(401);
    assertThat(call("GET", "/desktop", page, "").status()).isEqualTo(401);
    id = mine;
    api.desktops.later = DesktopService.PAGE_KEY.plusSeconds(1);
    assertThat(call("POST", "/tickets", page, "").status()).as("expired").isEqualTo(401);
  }

  @Test
  void aPageIsToldWhyItsVmFailed() throws Exception {
    api.diagnosis =
        new Diagnosis(
            "rule",
            null,
            "Its disk is full.",
            List.of(),
            List.of(),
            "Make room.",
            null,
            List.of(),
            true);
    api.vms.settle(id, VmState.FAILED, "verify-boot failed.");
    Answer answer = call("GET", "/desktop", bearer(), "");
    assertThat(answer.field("state")).isEqualTo("failed");
    assertThat(answer.field("failure")).isEqualTo("verify-boot failed.");
    assertThat(answer.json().path("diagnosis").path("cause").asString())
        .isEqualTo("Its disk is full.");
    assertThat(answer.json().path("diagnosis").path("remedy").asString()).isEqualTo("Make room.");
    for (int again = 0; again < 10; again++) {
      call("GET", "/desktop", bearer(), "");
    }
    assertThat(api.diagnosed).as("inspections, each of which takes seconds").hasValue(1);
  }

  @Test
  void whoLookedIsListedNewestFirst() throws Exception {
    status(api.withTicket(id, ticket("{}")));
    Awaitility.await().until(() -> call("GET", "/views", bearer(), "").json().size() == 1);
    status(api.withToken(id));
    Awaitility.await()
        .untilAsserted(() -> {
          JsonNode views = call("GET", "/views", bearer(), "").json();
          assertThat(views.size()).isEqualTo(2);
          assertThat(views.get(0).path("user").asString()).isEqualTo("admin");
          assertThat(call("GET", "/views?limit=1", bearer(), "").json().size()).isEqualTo(1);
          assertThat(call("GET", "/views?limit=1&before=2", bearer(), "").json().get(0))
              .isEqualTo(views.get(1));
          assertThat(views.get(1).path("user").asString()).isEqualTo("ada");
          assertThat(views.get(1).path("from").asString()).startsWith("127.0.0.1:");
          assertThat(views.get(1).has("ended")).isTrue();
        });
  }

  @Test
  void noSecretIsInALogOrInTheStore() throws Exception {
    var log = new ListAppender<ILoggingEvent>();
    log.start();
    var root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.addAppender(log);
    String link = ticket("{}");
    String key = call("POST", "/page-keys", "Ticket " + link, "").field("key");
    String ticket = call("POST", "/tickets", "Page " + key, "").field("ticket");
    try (var viewer = api.withTicket(id, ticket)) {
      viewer.shakeHands();
      viewer.read(RfbGuest.SERVER_INIT.length);
    }
    status(api.withTicket(id, ticket));
    Awaitility.await().until(() -> api.viewers.of(id) == 0);
    root.detachAppender(log);
    var all = new StringBuilder();
    log.list.forEach(event -> all.append(event.getFormattedMessage()).append('\n'));
    try (var files = Files.newDirectoryStream(folder.resolve("data"), "visco.db*")) {
      for (Path file : files) {
        all.append(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    assertThat(all).contains(id.value()).contains("the desktop of ada is closed");
    assertThat(all).doesNotContain(link, key, ticket, DesktopsUnderTest.PASSWORD.text());
  }
}
