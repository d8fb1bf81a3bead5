package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.http.ApiConnector;
import dev.visco.api.http.Route;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nobody without a token holds a connection for long, or keeps out who has one. */
@Timeout(60)
class ConnectionsTest {
  private static final Duration SHORT = Duration.ofMillis(500);
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final byte[] LARGE = new byte[64 << 20];
  @TempDir private Path folder;
  private final List<Socket> sockets = new ArrayList<>();

  @SuppressWarnings("NullAway.Init") // Each test starts it with limits of its own.
  private ApiUnderTest api;

  private void start(int connections, int perPeer, Duration head, Duration body, Duration answer) {
    api =
        ApiUnderTest.start(
            folder,
            new ApiConnector.ConnectionLimits(connections, perPeer, head, body, answer, 100),
            Route.open("GET", "/large", exchange -> exchange.bytes(200, "text/plain", LARGE)),
            Route.user(
                "GET", "/large/known", exchange -> exchange.bytes(200, "text/plain", LARGE)));
  }

  @AfterEach
  void end() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    api.close();
  }

  private Socket connect() throws IOException {
    var socket = new Socket("127.0.0.1", api.port());
    socket.setSoTimeout(30_000);
    sockets.add(socket);
    return socket;
  }

  private double closed(String reason) {
    return api.metric("visco.api.connections.closed{reason=" + reason + "}");
  }

  private static boolean isEnded(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketException e) {
      return true; // Reset.
    }
  }

  /** Byte by byte, each of which shows that somebody is there, until the server has had enough. */
  private static void trickle(Socket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    try {
      for (int at = 0; ; at++) {
        out.write(text.charAt(at % text.length()));
        Thread.sleep(SHORT.toMillis() / 10);
      }
    } catch (SocketException e) {
      // It was closed.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aHeadThatComesByteByByteIsNotWaitedForLong() throws Exception {
    start(100, 100, SHORT, LONG, LONG);
    trickle(connect(), "GET /" + "x".repeat(1000));
    assertThat(closed("slow")).isEqualTo(1);
  }

  @Test
  void norIsOneThatNeverBeginsOrANextRequest() throws Exception {
    start(100, 100, SHORT, LONG, LONG);
    assertThat(isEnded(connect())).isTrue();
    Socket second = connect();
    second
        .getOutputStream()
        .write(
            "GET /api HTTP/1.1\r\nHost: localhost\r\n\r\nGET /a".getBytes(StandardCharsets.UTF_8));
    assertThat(new String(second.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .startsWith("HTTP/1.1 401");
    assertThat(closed("slow")).isEqualTo(2);
  }

  @Test
  void aBodyThatComesByteByByteIsNotWaitedForLong() throws Exception {
    start(100, 100, LONG, SHORT, LONG);
    Socket socket = api.open("POST /api/vms", "Content-Length: 100000");
    sockets.add(socket);
    trickle(socket, " ");
    assertThat(closed("slow")).isEqualTo(1);
    assertThat(api.get("/api/vms").json()).isEmpty();
  }

  @Test
  void anAnswerIsNotHeldForLongByWhoHasShownNoToken() throws Exception {
    start(100, 100, LONG, LONG, SHORT);
    Socket stranger = connect();
    stranger
        .getOutputStream()
        .write("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.UTF_8));
    Socket known = api.open("GET /large/known");
    sockets.add(known);
    Awaitility.await().until(() -> closed("slow") == 1);
    assertThat(known.getInputStream().readNBytes(LARGE.length)).hasSize(LARGE.length);
    assertThat(closed("slow")).isEqualTo(1);
  }

  @Test
  void whoHasAStreamOrAWebSocketKeepsIt() throws Exception {
    start(100, 100, SHORT, SHORT, SHORT);
    String id = api.create();
    api.vms.settle(new VmId(id), VmState.READY, null);
    Socket console = api.open("GET /api/vms/" + id + "/console?follow=true");
    sockets.add(console);
    Socket exec =
        api.open(
            "GET /api/vms/" + id + "/exec",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==");
    sockets.add(exec);
    assertThat(isEnded(connect())).as("another, in longer than either may take").isTrue();
    assertThat(isEnded(connect())).isTrue();
    assertThat(api.metric("visco.api.streams{kind=console}")).isEqualTo(1);
    assertThat(api.metric("visco.api.streams{kind=exec}")).isEqualTo(1);
  }

  @Test
  void strangersKeepNobodyOutWhoHasAToken() throws Exception {
    start(8, 8, LONG, LONG, LONG);
    String id = api.create();
    Socket console = api.open("GET /api/vms/" + id + "/console?follow=true");
    sockets.add(console);
    Awaitility.await().until(() -> api.metric("visco.api.streams{kind=console}") == 1);
    for (int one = 0; one < 50; one++) {
      connect();
    }
    Awaitility.await().until(() -> closed("full") + closed("peer") >= 40);
    assertThat(api.get("/api/vms").status()).isEqualTo(200);
    assertThat(api.metric("visco.api.connections{}")).isLessThanOrEqualTo(8);
    assertThat(api.metric("visco.api.streams{kind=console}")).as("was there before").isEqualTo(1);
  }

  @Test
  void onePeerDoesNotGetAll() throws Exception {
    start(100, 3, LONG, LONG, LONG);
    for (int one = 0; one < 10; one++) {
      connect();
    }
    Awaitility.await().until(() -> closed("peer") == 7);
    assertThat(api.metric("visco.api.connections{}")).isEqualTo(3);
    assertThat(closed("full")).isZero();
  }
}
