package dev.visco.api.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.link.LinkWorld.Raw;
import dev.visco.link.LinkService.NewLink;
import dev.visco.model.Caller;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.wire.VmChange;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Guests' applications by links, over HTTP as it comes; LinkCommandIT has a real guest. */
@Timeout(120)
class LinkHandlerTest {
  private static final String HTML = "Accept: text/html,application/xhtml+xml";
  @TempDir private Path folder;
  private LinkWorld world;

  @BeforeEach
  void start() throws Exception {
    world = new LinkWorld(folder, null, Duration.ofMinutes(5));
  }

  /** Nothing of a visit is left once it is over. */
  @AfterEach
  void end() throws Exception {
    Awaitility.await().untilAsserted(() -> assertThat(world.connections).hasValue(0));
    world.close();
  }

  private String cookie() {
    return "Cookie: visco-link=" + world.secret();
  }

  private static String[] page(String body, String... headers) {
    var lines = new ArrayList<String>(List.of("HTTP/1.1 200 OK"));
    lines.addAll(List.of(headers));
    lines.addAll(List.of("Content-Length: " + body.length(), "", body));
    return lines.toArray(String[]::new);
  }

  @Test
  void aBrowserOpensALinkAndGoesOnWithACookie() throws Exception {
    world.says(page("hello", "Content-Type: text/html", "Set-Cookie: session=1; Path=/"));
    String secret = world.secret();
    Raw first = world.ask("GET", "/app?a=1&visco-link=" + secret + "&b=%2F", HTML);
    assertThat(first.status()).isEqualTo(303);
    assertThat(first.header("Location")).isEqualTo(world.origin() + "/app?a=1&b=%2F");
    assertThat(first.header("Set-Cookie"))
        .isEqualTo("visco-link=" + secret + "; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax");
    assertThat(world.heads).as("nothing of it came to the guest").isEmpty();
    Raw page = world.ask("GET", "/app?a=1", HTML, "Cookie: x=y; visco-link=" + secret + "; z=1");
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.body()).isEqualTo("hello");
    assertThat(page.header("Set-Cookie")).isEqualTo("session=1; Path=/");
    assertThat(world.heads).hasSize(1);
    assertThat(world.heads.getFirst())
        .startsWith("GET /app?a=1 HTTP/1.1\r\n")
        .contains("Host: " + world.host() + "\r\n")
        .contains("Cookie: x=y; z=1\r\n")
        .contains("X-Forwarded-For: 127.0.0.1\r\n")
        .contains("X-Forwarded-Host: " + world.host() + "\r\n")
        .contains("X-Forwarded-Proto: http\r\n")
        .contains("Connection: close\r\n")
        .doesNotContain(secret);
  }

  @Test
  void aProgramShowsTheSecretInItsHeaderOrAddressAndNoGuestSeesIt() throws Exception {
    world.runs((head, in, out) -> {
      int length = Integer.parseInt(head.replaceFirst("(?s).*Content-Length: (\\d+).*", "$1"));
      String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
      out.write(
          ("HTTP/1.1 201 Made\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
              .getBytes(StandardCharsets.UTF_8));
    });
    String secret = world.secret();
    for (String[] way :
        new String[][] {
          {"/hook?visco-link=" + secret, "Accept: */*"}, {"/hook", "X-Visco-Link: " + secret}
        }) {
      try (Socket socket =
          world.open(
              "POST "
                  + way[0]
                  + " HTTP/1.1\r\nHost: "
                  + world.host()
                  + "\r\n"
                  + way[1]
                  + "\r\nAuthorization: Bearer "
                  + LinkWorld.TOKEN
                  + "\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n"
                  + "Content-Length: 5\r\n\r\nevent")) {
        Raw answer = LinkWorld.read(socket.getInputStream(), false);
        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.body()).isEqualTo("event");
      }
    }
    assertThat(world.heads)
        .hasSize(2)
        .allSatisfy(head ->
            assertThat(head)
                .startsWith("POST /hook HTTP/1.1\r\n")
                .doesNotContain(secret)
                .doesNotContain("Authorization")
                .doesNotContain("X-Hop")
                .doesNotContain("6.6.6.6"));
    world.says(page(""));
    world.ask("GET", "/", "X-Visco-Link: " + secret, "Authorization: Basic dTpw");
    assertThat(world.heads.getLast()).contains("Authorization: Basic dTpw\r\n");
  }

  @Test
  void contentOfUnknownLengthGoesThroughInBothDirections() throws Exception {
    world.runs((head, in, out) -> {
      assertThat(head).contains("Transfer-Encoding: chunked").doesNotContain("Content-Length");
      out.write(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      // A chunk for each that came, as it comes.
      in.transferTo(out);
    });
    try (Socket socket =
        world.open(
            "PUT /x HTTP/1.1\r\nHost: "
                + world.host()
                + "\r\n"
                + cookie()
                + "\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("4000\r\n" + "d".repeat(0x4000) + "\r\n0\r\n\r\n").getBytes(StandardCharsets.UTF_8));
      Raw answer = LinkWorld.read(socket.getInputStream(), false);
      assertThat(answer.body()).isEqualTo("abc" + "d".repeat(0x4000));
      assertThat(answer.isWhole()).isTrue();
    }
  }

  @Test
  void eventsComeOneByOneAndTheGuestIsToldWhenTheVisitorLeaves() throws Exception {
    var more = new CountDownLatch(1);
    var left = new CountDownLatch(1);
    world.runs((head, in, out) -> {
      out.write(
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n"
              .getBytes(StandardCharsets.UTF_8));
      await(more);
      out.write("data: 2\n\n".getBytes(StandardCharsets.UTF_8));
      while (in.read() >= 0) {}
      left.countDown();
    });
    try (Socket socket =
        world.open(
            "GET /events HTTP/1.1\r\nHost: " + world.host() + "\r\n" + cookie() + "\r\n\r\n")) {
      InputStream in = socket.getInputStream();
      String head = LinkWorld.head(in);
      assertThat(head).contains("text/event-stream");
      awaitText(in, "data: 1\n\n");
      more.countDown();
      awaitText(in, "data: 2\n\n");
    }
    assertThat(left.await(30, TimeUnit.SECONDS)).isTrue();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void awaitText(InputStream in, String text) throws Exception {
    var found = new StringBuilder();
    while (found.indexOf(text) < 0) {
      int one = in.read();
      assertThat(one).as(found.toString()).isNotNegative();
      found.append((char) one);
    }
  }

  private Socket upgraded(String cookie) throws Exception {
    Socket socket =
        world.open(
            "GET /ws HTTP/1.1\r\nHost: "
                + world.host()
                + "\r\nOrigin: "
                + world.origin()
                + "\r\n"
                + cookie
                + "\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                + "\r\nearly ");
    String head = LinkWorld.head(socket.getInputStream());
    assertThat(head).startsWith("HTTP/1.1 101 ").contains("Sec-WebSocket-Accept: abc");
    assertThat(head.toLowerCase()).contains("upgrade: websocket").contains("connection: upgrade");
    return socket;
  }

  private void echoes() {
    world.runs((head, in, out) -> {
      assertThat(head).contains("Upgrade: websocket").contains("Connection: Upgrade");
      out.write(
          ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  + "Sec-WebSocket-Accept: abc\r\n\r\nfirst ")
              .getBytes(StandardCharsets.UTF_8));
      in.transferTo(out);
    });
  }

  @Test
  void aWebSocketsBytesPassInBothDirectionsUntilOneSideEnds() throws Exception {
    echoes();
    try (Socket socket = upgraded(cookie())) {
      InputStream in = socket.getInputStream();
      awaitText(in, "first ");
      awaitText(in, "early ");
      byte[] much = "0123456789abcdef".repeat(1 << 16).getBytes(StandardCharsets.UTF_8);
      Thread.ofVirtual()
          .start(() -> {
            try {
              socket.getOutputStream().write(much);
              socket.shutdownOutput();
            } catch (java.io.IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          });
      assertThat(in.readAllBytes()).isEqualTo(much);
    }
  }

  @Test
  void whatALinkHasOpenedEndsWithIt() throws Exception {
    echoes();
    NewLink revoked = world.create(Duration.ofHours(1));
    NewLink[] ofToken = new NewLink[1];
    new Caller("other", LinkWorld.OTHER, null)
        .run(() -> ofToken[0] = world.create(Duration.ofHours(1)));
    NewLink expiring = world.create(Duration.ofMinutes(2));
    try (Socket one = upgraded("Cookie: visco-link=" + revoked.secret());
        Socket two = upgraded("Cookie: visco-link=" + ofToken[0].secret());
        Socket three = upgraded("Cookie: visco-link=" + expiring.secret());
        Socket four = upgraded(cookie())) {
      world.links.revoke(world.vm, revoked.link().id());
      assertEnds(one);
      world.tokens.revoke(LinkWorld.OTHER);
      assertEnds(two);
      world.clock.advance(Duration.ofMinutes(3));
      assertEnds(three);
      world.vms.update(world.vm, VmChange.ofPorts(List.of(3000)));
      assertEnds(four);
    }
    world.says(page("never"));
    for (NewLink link : new NewLink[] {revoked, ofToken[0], expiring}) {
      assertThat(world.ask("GET", "/", "X-Visco-Link: " + link.secret()).status()).isEqualTo(401);
    }
  }

  private static void assertEnds(Socket socket) throws Exception {
    assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo("first early ");
  }

  @Test
  void whoeverShowsNoLinkLearnsNothingNotEvenWhetherThereIsAVm() throws Exception {
    world.says(page("never"));
    String secret = world.secret();
    VmId other = world.ready(8080);
    Raw none = world.ask("GET", "/");
    assertThat(none.status()).isEqualTo(401);
    assertThat(none.header("Content-Type")).isEqualTo("application/problem+json");
    for (String host :
        List.of(
            world.host(3000, world.vm),
            world.host(8080, other),
            world.host(9, world.vm),
            world.host(8080, new VmId("vm-ffffffff")))) {
      Raw answer = world.askAt(host, "GET", "/", "X-Visco-Link: " + secret);
      assertThat(answer.status()).as(host).isEqualTo(401);
      assertThat(answer.body()).as(host).isEqualTo(none.body());
    }
    Raw page = world.ask("GET", "/?visco-link=wrong", HTML);
    assertThat(page.status()).isEqualTo(401);
    assertThat(page.header("Content-Type")).startsWith("text/html");
    assertThat(page.header("Content-Security-Policy")).contains("default-src 'none'");
    assertThat(page.body()).contains("expired, was revoked").doesNotContain("<script");
    assertThat(world.heads).isEmpty();
  }

  @Test
  void whyAnApplicationCannotBeShownIsSaid() throws Exception {
    String secret = "X-Visco-Link: " + world.secret();
    Raw nothing = world.ask("GET", "/", secret);
    assertThat(nothing.status()).isEqualTo(502);
    assertThat(nothing.body()).contains("listens on port 8080").contains("visco exec " + world.vm);
    world.says(page("x"));
    world.vms.settle(world.vm, VmState.STOPPED, null);
    Raw stopped = world.ask("GET", "/", secret, HTML);
    assertThat(stopped.status()).isEqualTo(503);
    assertThat(stopped.header("Retry-After")).isNotEmpty();
    assertThat(stopped.body()).contains("The VM is not running");
    world.vms.settle(world.vm, VmState.READY, null);
    world.vms.update(world.vm, VmChange.ofPorts(List.of()));
    Raw closed = world.ask("GET", "/", secret);
    assertThat(closed.status()).isEqualTo(403);
    assertThat(closed.body()).contains("visco update " + world.vm + " --port 8080");
  }

  @Test
  void anotherVmsPageMakesNoBrowserAskWithItsCookie() throws Exception {
    world.says(page("secret words"));
    String cookie = cookie();
    VmId other = world.ready(8080);
    String evil = "Origin: http://" + world.host(8080, other);
    assertThat(world.ask("GET", "/api", cookie, evil).status()).isEqualTo(403);
    assertThat(world.ask("POST", "/api", cookie, "Origin: null", "Content-Length: 0").status())
        .isEqualTo(403);
    for (String site : List.of("same-site", "cross-site")) {
      String from = "Sec-Fetch-Site: " + site;
      assertThat(world.ask("GET", "/x.js", cookie, from, "Sec-Fetch-Mode: no-cors").status())
          .isEqualTo(403);
      assertThat(
              world
                  .ask(
                      "GET",
                      "/",
                      cookie,
                      from,
                      "Sec-Fetch-Mode: navigate",
                      "Sec-Fetch-Dest: iframe")
                  .status())
          .isEqualTo(403);
      assertThat(
              world
                  .ask(
                      "GET",
                      "/",
                      cookie,
                      from,
                      "Sec-Fetch-Mode: navigate",
                      "Sec-Fetch-Dest: document")
                  .status())
          .as("a link on a page may be followed")
          .isEqualTo(200);
    }
    String neighbour = "Origin: http://" + world.host(3000, world.vm);
    assertThat(world.ask("GET", "/api", cookie, neighbour).status())
        .as("another port of the same VM")
        .isEqualTo(200);
    assertThat(world.ask("GET", "/api", cookie, "Origin: " + world.origin()).status())
        .isEqualTo(200);
    String stale = "Cookie: visco-link=tossed; visco-link=" + world.secret();
    assertThat(world.ask("GET", "/", stale).status())
        .as("a cookie that a neighbour has set keeps nobody out")
        .isEqualTo(200);
  }

  @Test
  void theApiIsNotServedThereAndALinksPageMayNotCallIt() throws Exception {
    world.says(page("the guest's"));
    String token = "Authorization: Bearer " + LinkWorld.TOKEN;
    assertThat(world.ask("GET", "/api/vms/" + world.vm + "/links", token).status()).isEqualTo(401);
    String api = "127.0.0.1:" + world.port();
    String path = "/api/vms/" + world.vm + "/links";
    assertThat(world.askAt(api, "GET", path, token).status()).isEqualTo(200);
    assertThat(world.askAt(api, "GET", path, token, "Origin: " + world.origin()).status())
        .isEqualTo(403);
  }

  @Test
  void aVmsRequestsAreBounded() throws Exception {
    var release = new CountDownLatch(1);
    world.runs((head, in, out) -> await(release));
    String cookie = cookie();
    var sockets = new ArrayList<Socket>();
    for (int at = 0; at < 64; at++) {
      sockets.add(
          world.open("GET / HTTP/1.1\r\nHost: " + world.host() + "\r\n" + cookie + "\r\n\r\n"));
    }
    Awaitility.await().untilAsserted(() -> assertThat(world.connections).hasValue(64));
    Raw refused = world.ask("GET", "/", cookie);
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.header("Retry-After")).isEqualTo("2");
    release.countDown();
    for (Socket socket : sockets) {
      socket.close();
    }
    Awaitility.await().untilAsserted(() -> assertThat(world.connections).hasValue(0));
    world.says(page("again"));
    assertThat(world.ask("GET", "/", cookie).body()).isEqualTo("again");
  }
}
