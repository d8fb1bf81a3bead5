package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.api.http.AccessControl;
import dev.visco.api.http.Authenticator;
import dev.visco.delivery.ToolCredentials;
import dev.visco.model.Access;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.GuestConnection;
import dev.visco.session.UnsupportedSession;
import dev.visco.wire.CreateRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was opened with a token ends within seconds of the token's end. */
@Timeout(60)
class RevokedTokenTest {
  private static final Duration SOON = Duration.ofSeconds(5);
  @TempDir private Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private final KnownTokens tokens =
      KnownTokens.of("kept", Access.admin("kept")).with("gone", Access.admin("gone"));
  private FakeVms vms;
  private VmId id;
  private ApiServer server;

  @BeforeEach
  void start() throws Exception {
    vms = new FakeVms(folder);
    id = vms.create(CreateRequest.of("ada", "cli").force(false).build(), null).id();
    vms.settle(id, VmState.READY, null);
    Files.writeString(vms.consoleFile(id), "boots\n");
    server =
        ApiServer.start(
            new ApiServer.ListenAddress("127.0.0.1", 0, Set.of(), null),
            new VmRoutes(
                    vms,
                    ApiUnderTest.egress(),
                    ToolCredentials.NONE,
                    ApiUnderTest.execs(),
                    ApiUnderTest.keys())
                .routes(),
            AccessControl.of(Authenticator.ofTokens(tokens)),
            () -> {},
            () -> true);
  }

  @AfterEach
  void end() {
    server.close();
    client.close();
  }

  private HttpRequest get(String path, String secret) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
        .header("Authorization", "Bearer " + secret)
        .build();
  }

  private CompletableFuture<HttpResponse<String>> poll(String secret) {
    long revision = vms.vm(id).revision();
    return client.sendAsync(
        get("/api/vms/" + id + "?timeout=5m&after=" + revision, secret),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void anAnswerThatWaitsIsRefusedAndAnothersWaitsOn() throws Exception {
    var gone = poll("gone");
    var kept = poll("kept");
    Awaitility.await().until(() -> vms.watchers() == 2);
    tokens.revoke("gone");
    assertThat(gone.get(SOON.toSeconds(), TimeUnit.SECONDS).statusCode()).isEqualTo(401);
    assertThat(kept).isNotDone();
    vms.settle(id, VmState.PAUSED, null);
    assertThat(kept.get(SOON.toSeconds(), TimeUnit.SECONDS).statusCode()).isEqualTo(200);
  }

  /** Not as if the console had come to its end. */
  @Test
  void aFollowedConsoleBreaksOff() throws Exception {
    try (InputStream console =
        client
            .send(
                get("/api/vms/" + id + "/console?follow=true", "gone"),
                HttpResponse.BodyHandlers.ofInputStream())
            .body()) {
      assertThat(new String(console.readNBytes(6))).isEqualTo("boots\n");
      tokens.revoke("gone");
      var rest =
          CompletableFuture.supplyAsync(() -> {
            try {
              return "ended after " + console.readAllBytes().length;
            } catch (IOException e) {
              return "broke off";
            }
          });
      assertThat(rest.get(SOON.toSeconds(), TimeUnit.SECONDS)).isEqualTo("broke off");
    }
  }

  @Test
  void aCommandsWebSocketIsClosedWithTheReason() throws Exception {
    try (var gone = exec("gone");
        var kept = exec("kept")) {
      tokens.revoke("gone");
      RawWebSocket.Frame last = gone.next();
      while (last.opcode() != RawWebSocket.CLOSE) {
        last = gone.next();
      }
      assertThat(last.reason()).contains("the token was revoked or has expired");
      kept.send(RawWebSocket.TEXT, "{\"eof\":true}".getBytes());
    }
  }

  /** One that answers nothing and reads nothing is disconnected all the same. */
  @ParameterizedTest
  @ValueSource(strings = {"exec", "ports/80"})
  void aClientThatDoesNotAnswerIsDisconnected(String path) throws Exception {
    vms.sessions = Waiting::new;
    try (var gone = socket("gone", path)) {
      gone.answersPings = false;
      tokens.revoke("gone");
      RawWebSocket.Frame last = gone.next();
      while (last.opcode() != RawWebSocket.CLOSE) {
        last = gone.next();
      }
      assertThat(last.reason()).contains("the token was revoked or has expired");
      assertThatThrownBy(gone::next).isInstanceOf(IOException.class);
    }
  }

  /** A guest that opens no connection for as long as somebody waits for it. */
  private static final class Waiting extends UnsupportedSession {
    @Override
    public GuestConnection dial(String host, int port, Duration deadline) {
      try {
        Thread.sleep(deadline);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new IllegalStateException("nobody waits any more");
    }
  }

  private RawWebSocket exec(String secret) throws IOException {
    return socket(secret, "exec");
  }

  private RawWebSocket socket(String secret, String path) throws IOException {
    var socket =
        RawWebSocket.open(
            new Socket("127.0.0.1", server.port()),
            "127.0.0.1:" + server.port(),
            "/api/vms/" + id + "/" + path,
            List.of("Authorization: Bearer " + secret));
    assertThat(socket.status()).isEqualTo(101);
    return socket;
  }
}
