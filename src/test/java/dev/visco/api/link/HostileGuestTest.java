package dev.visco.api.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.link.LinkWorld.Raw;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a guest's program may answer to a visitor, and what comes of it. */
@Timeout(120)
class HostileGuestTest {
  private static final Duration SILENCE = Duration.ofSeconds(3);
  @TempDir private Path folder;
  private LinkWorld world;
  private String shown;

  @BeforeEach
  void start() throws Exception {
    world = new LinkWorld(folder, null, SILENCE);
    shown = "X-Visco-Link: " + world.secret();
  }

  /** Whatever the guest did, nothing of the visit is left. */
  @AfterEach
  void end() throws Exception {
    Awaitility.await().untilAsserted(() -> assertThat(world.connections).hasValue(0));
    world.close();
  }

  private static void send(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  @Test
  void endlessHeadersAreNoAnswer() throws Exception {
    world.runs((head, in, out) -> {
      send(out, "HTTP/1.1 200 OK\r\n");
      for (int at = 0; at < 10_000; at++) {
        send(out, "X-" + at + ": " + "a".repeat(100) + "\r\n");
      }
    });
    Raw answer = world.ask("GET", "/", shown);
    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.body()).contains("no answer of HTTP");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH_9.9\r\n",
        "\u0000\u0001\u0002\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nBad Name: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        ""
      })
  void whatIsNoAnswerIsToldAsOne(String text) throws Exception {
    world.runs((head, in, out) -> send(out, text));
    Raw answer = world.ask("GET", "/", shown);
    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.body()).contains("bad-answer");
  }

  @Test
  void interimAnswersAreNotPassedOnAndNotEndless() throws Exception {
    world.says(
        "HTTP/1.1 103 Early Hints",
        "Link: </a.css>",
        "",
        "HTTP/1.1 200 OK",
        "Content-Length: 2",
        "",
        "ok");
    Raw answer = world.ask("GET", "/", shown);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("ok");
    world.runs((head, in, out) -> {
      for (int at = 0; at < 1000; at++) {
        send(out, "HTTP/1.1 100 Continue\r\n\r\n");
      }
    });
    assertThat(world.ask("GET", "/", shown).body()).contains("interim");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nfffffffffffffffff\r\n"
      })
  void anAnswerThatBreaksOffLooksBroken(String text) throws Exception {
    world.runs((head, in, out) -> send(out, text));
    Raw answer = world.ask("GET", "/", shown);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.isWhole()).isFalse();
  }

  @Test
  void aLengthThatIsNotKeptEndsTheConnection() throws Exception {
    world.says("HTTP/1.1 200 OK", "Content-Length: 10", "", "short");
    try (Socket socket = ask()) {
      Raw answer = LinkWorld.read(socket.getInputStream(), false);
      assertThat(answer.header("Content-Length")).isEqualTo("10");
      assertThat(answer.body()).isEqualTo("short");
    }
    world.says("HTTP/1.1 200 OK", "Content-Length: 2", "", "okHTTP/1.1 200 OK", "", "smuggled");
    assertThat(world.ask("GET", "/", shown).body()).isEqualTo("ok");
  }

  private Socket ask() throws IOException {
    return world.open("GET / HTTP/1.1\r\nHost: " + world.host() + "\r\n" + shown + "\r\n\r\n");
  }

  @Test
  void whoDoesNotAnswerIsGivenUp() throws Exception {
    var never = new CountDownLatch(1);
    world.runs((head, in, out) -> {
      send(out, "HTTP/1.1 200 OK\r\n");
      while (in.read() >= 0) {}
      never.countDown();
    });
    Raw answer = world.ask("GET", "/", shown);
    assertThat(answer.status()).isEqualTo(504);
    never.await();
  }

  @Test
  void aWebSocketWhoseGuestDoesNotEndGoesAfterItsVisitor() throws Exception {
    world.runs((head, in, out) -> {
      send(out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: Upgrade\r\n\r\n");
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    });
    try (Socket socket =
        world.open(
            "GET / HTTP/1.1\r\nHost: "
                + world.host()
                + "\r\n"
                + shown
                + "\r\nConnection: Upgrade\r\nUpgrade: a\r\n\r\n")) {
      assertThat(LinkWorld.head(socket.getInputStream())).startsWith("HTTP/1.1 101 ");
      assertThat(world.connections).hasValue(1);
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(world.connections).hasValue(0));
  }

  @Test
  void aByteNowAndThenIsNoAnswerInTime() throws Exception {
    world.runs((head, in, out) -> {
      send(out, "HTTP/1.1 200 OK\r\nX: ");
      while (true) {
        send(out, "a");
        try {
          Thread.sleep(200);
        } catch (InterruptedException e) {
          return;
        }
      }
    });
    assertThat(world.ask("GET", "/", shown).status()).isEqualTo(504);
  }

  @Test
  void aVisitorWhoReadsSlowlyHoldsUpTheGuestAndFillsNoMemory() throws Exception {
    var written = new AtomicLong();
    world.runs((head, in, out) -> {
      send(out, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n");
      byte[] piece = new byte[64 << 10];
      for (int at = 0; at < 16_384; at++) {
        out.write(piece);
        written.addAndGet(piece.length);
      }
    });
    try (Socket socket = ask()) {
      LinkWorld.head(socket.getInputStream());
      long[] last = {-1};
      Awaitility.await()
          .pollInterval(Duration.ofMillis(500))
          .until(() -> {
            boolean isStill = last[0] == written.get();
            last[0] = written.get();
            return isStill;
          });
      assertThat(written.get()).as("of a gibibyte").isLessThan(64 << 20);
    }
  }

  @Test
  void headersThatWouldHoldForMoreThanTheGuestsOwnNameAreLeftOut() throws Exception {
    world.says(
        "HTTP/1.1 302 Found",
        "Location: http://localhost:8080/next?a=b",
        "Set-Cookie: a=1; Domain=localhost; Path=/; HttpOnly",
        "Set-Cookie: visco-link=stolen; Path=/",
        "Set-Cookie: __Host-visco-link=stolen; Path=/; Secure",
        "Clear-Site-Data: \"cookies\"",
        "Strict-Transport-Security: max-age=1; includeSubDomains",
        "Alt-Svc: h3=\":443\"",
        "Connection: X-Own",
        "X-Own: 1",
        "X-App: 2",
        "Content-Length: 0",
        "",
        "");
    Raw answer = world.ask("GET", "/", shown);
    assertThat(answer.status()).isEqualTo(302);
    assertThat(answer.header("Location")).isEqualTo(world.origin() + "/next?a=b");
    assertThat(answer.header("Set-Cookie")).isEqualTo("a=1; Path=/; HttpOnly");
    assertThat(answer.header("X-App")).isEqualTo("2");
    assertThat(answer.head())
        .doesNotContainIgnoringCase("stolen")
        .doesNotContainIgnoringCase("clear-site-data")
        .doesNotContainIgnoringCase("strict-transport")
        .doesNotContainIgnoringCase("alt-svc")
        .doesNotContainIgnoringCase("x-own");
    world.says(
        "HTTP/1.1 302 Found", "Location: https://elsewhere.example/", "Content-Length: 0", "", "");
    assertThat(world.ask("GET", "/", shown).header("Location"))
        .as("the proxy follows nothing, and the browser may go where a page sends it")
        .isEqualTo("https://elsewhere.example/");
    assertThat(world.heads).hasSize(2);
  }
}
