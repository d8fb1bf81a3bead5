package dev.visco.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.visco.api.ApiServer;
import dev.visco.api.FakeServices;
import dev.visco.api.FakeVms;
import dev.visco.api.KnownTokens;
import dev.visco.api.RawWebSocket;
import dev.visco.api.desktop.DesktopsUnderTest;
import dev.visco.api.desktop.FakeDesktops;
import dev.visco.desktop.DesktopService;
import dev.visco.model.Access;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.rfb.RfbGuest;
import dev.visco.store.Store;
import dev.visco.wire.CreateRequest;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Who may what: every route's role, and what shows each role. */
@Timeout(60)
class AuthenticatorTest {
  private static final String TOKEN = "visco-good";
  @TempDir private Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private final AtomicInteger refused = new AtomicInteger();
  private Store store;
  private FakeVms vms;
  private FakeDesktops desktops;
  private RfbGuest guest;
  private VmId id;
  private VmId other;
  private ApiServer server;

  @BeforeEach
  void start() {
    store = Store.open(folder.resolve("data"));
    vms = new FakeVms(folder);
    desktops = new FakeDesktops(vms, store);
    guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD);
    desktops.guest = guest;
    id = vm();
    other = vm();
    var routes = new ArrayList<Route>();
    for (Role role : Role.values()) {
      routes.add(
          Route.user(
                  "GET",
                  path(role, "{id}"),
                  exchange -> exchange.text(200, "text/plain", exchange.principal().name()))
              .withRole(role));
    }
    routes.add(Route.user("POST", "/changes/{name}", exchange -> exchange.json(200, List.of())));
    server =
        ApiServer.start(
            new ApiServer.ListenAddress("127.0.0.1", 0, Set.of(), null),
            routes,
            AccessControl.of(
                new Authenticator(
                    KnownTokens.of(TOKEN, Access.admin("admin")),
                    desktops,
                    GuestTickets.ofHost(),
                    refused::incrementAndGet)),
            () -> {},
            () -> true);
  }

  @AfterEach
  void end() {
    server.close();
    guest.close();
    store.close();
    client.close();
  }

  private VmId vm() {
    var request = CreateRequest.of("ada", "cli").force(false).build();
    VmId made = vms.create(request, null).id();
    vms.settle(made, VmState.READY, null);
    return made;
  }

  private static String path(Role role, String id) {
    return "/" + role.name().toLowerCase(java.util.Locale.ROOT) + "/" + id;
  }

  /** The principal's name, or the status where it was refused. */
  private String call(Role role, String authorization) throws Exception {
    var request =
        HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + server.port() + path(role, id.value())));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    var answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() == 401) {
      assertThat(answer.headers().firstValue("WWW-Authenticate"))
          .hasValue("Bearer realm=\"visco\"");
    }
    return answer.statusCode() == 200 ? answer.body() : "" + answer.statusCode();
  }

  private TreeMap<Role, String> all(String authorization) throws Exception {
    var all = new TreeMap<Role, String>();
    for (Role role : Role.values()) {
      all.put(role, call(role, authorization));
    }
    return all;
  }

  private static void assertAll(TreeMap<Role, String> found, String... expected) {
    assertThat(found.values()).as(found.toString()).containsExactly(expected);
  }

  private String pageKey(VmId vm) {
    return desktops.pageKey(vm, desktops.ticket(vm, null, false).secret()).secret();
  }

  /** In the order of {@link Role}. */
  @Test
  void whatASecretShows() throws Exception {
    assertAll(all(""), "anybody", "401", "401", "401", "401", "401", "401", "401");
    assertAll(all("Bearer wrong"), "anybody", "401", "401", "401", "401", "401", "401", "401");
    assertAll(
        all("Bearer " + TOKEN),
        "anybody",
        "admin",
        "admin",
        "admin",
        "admin",
        "401",
        "admin",
        "admin");
    assertAll(
        all("bEARER  " + TOKEN),
        "anybody",
        "admin",
        "admin",
        "admin",
        "admin",
        "401",
        "admin",
        "admin");
    assertAll(all("Basic " + TOKEN), "anybody", "401", "401", "401", "401", "401", "401", "401");
    assertAll(
        all("Page " + pageKey(id)), "anybody", "401", "401", "401", "ada", "401", "401", "401");
    assertAll(
        all("Page " + pageKey(other)), "anybody", "401", "401", "401", "401", "401", "401", "401");
    String ticket = desktops.ticket(id, null, false).secret();
    assertAll(
        all("Ticket " + ticket),
        "anybody",
        "401",
        "401",
        "401",
        "401",
        "the holder of a link",
        "401",
        "401");
  }

  @Test
  void onlySecretsThatOpenedNoDesktopAreCounted() throws Exception {
    call(Role.USER, "");
    call(Role.OPERATOR, "Bearer wrong");
    call(Role.DESKTOP_PAGE, "Bearer " + TOKEN);
    assertThat(refused).hasValue(0);
    call(Role.DESKTOP_PAGE, "Page wrong");
    call(Role.DESKTOP_LINK, "");
    call(Role.DESKTOP_VIEWER, "Bearer wrong");
    assertThat(refused).hasValue(3);
  }

  @Test
  void theLogNamesTheTokenOfEveryRequestThatChangesSomething() throws Exception {
    var log = new ListAppender<ILoggingEvent>();
    log.start();
    var router = (Logger) LoggerFactory.getLogger(Router.class);
    router.addAppender(log);
    try {
      call(Role.USER, "Bearer " + TOKEN);
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/changes/one"))
              .POST(HttpRequest.BodyPublishers.noBody())
              .header("Authorization", "Bearer " + TOKEN);
      assertThat(client.send(request.build(), HttpResponse.BodyHandlers.ofString()).statusCode())
          .isEqualTo(200);
    } finally {
      router.detachAppender(log);
    }
    assertThat(log.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly("admin: POST /changes/one");
  }

  @Test
  void noSecretIsInAPrincipalsText() throws IOException {
    var key = new Credential(Credential.Scheme.PAGE, "secret");
    assertThat(
            ""
                + new Principal.DesktopPage(new DesktopService.Viewer(id, "ada", false), key)
                + new Principal.DesktopLink(key))
        .doesNotContain("secret");
  }

  /** Every WebSocket asks for its role before it is one. */
  @Test
  void noWebSocketOpensWithoutASecret() throws Exception {
    server.close();
    List<Route> sockets =
        new FakeServices(folder).routes().stream().filter(Route::isWebSocket).toList();
    assertThat(sockets)
        .extracting(Route::template)
        .contains("/api/vms/{id}/exec", "/api/vms/{id}/ports/{port}", "/api/vms/{id}/vnc");
    server =
        ApiServer.start(
            new ApiServer.ListenAddress("127.0.0.1", 0, Set.of(), null),
            sockets,
            AccessControl.of(
                new Authenticator(
                    KnownTokens.none(), desktops, GuestTickets.ofHost(), refused::incrementAndGet)),
            () -> {},
            () -> true);
    for (Route route : sockets) {
      try (var socket =
          RawWebSocket.open(
              new Socket("127.0.0.1", server.port()),
              "127.0.0.1:" + server.port(),
              route.template().replace("{id}", id.value()).replace("{port}", "80"),
              List.of())) {
        assertThat(socket.status()).as(route.template()).isEqualTo(401);
      }
    }
  }
}
