package dev.visco.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.session.WebSocketStream.Ending;
import dev.visco.session.WebSocketStream.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WebSocketStreamTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(50);
  private static final WebSocketConnector.WebSocketLimits LIMITS =
      new WebSocketConnector.WebSocketLimits(1 << 16, LONG);
  private final WebSocketConnector connector = new WebSocketConnector(LIMITS);

  @AfterEach
  void end() {
    connector.close();
  }

  private WebSocketStream connect(int port, Duration max) throws IOException {
    return connector.connect(
        URI.create("ws://127.0.0.1:" + port + "/path"), Map.of(), List.of(), max);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void whatIsSaidAtOnceIsRead() throws Exception {
    try (var server =
            HastyServer.saying(
                HastyServer.text("first"),
                HastyServer.frame(HastyServer.BINARY, bytes("second")),
                HastyServer.text("third"));
        WebSocketStream stream = connect(server.port(), LONG)) {
      assertThat(stream.next(LONG)).contains(new Message.TextMessage("first"));
      assertThat(stream.next(LONG))
          .hasValueSatisfying(message ->
              assertThat(((Message.BinaryMessage) message).bytes()).isEqualTo(bytes("second")));
      assertThat(stream.next(LONG)).contains(new Message.TextMessage("third"));
      assertThatThrownBy(() -> stream.next(SHORT)).isInstanceOf(SocketTimeoutException.class);
      assertThat(stream.ending()).isNull();
    }
  }

  @Test
  void bytesAreOneStreamWhateverTheirMessages() throws Exception {
    try (var server =
            HastyServer.saying(
                HastyServer.frame(HastyServer.BINARY, bytes("abc")),
                HastyServer.frame(HastyServer.BINARY, new byte[0]),
                HastyServer.frame(HastyServer.BINARY, bytes("de")));
        WebSocketStream stream = connect(server.port(), LONG)) {
      byte[] read = new byte[8];
      assertThat(stream.read(read, 0, 2, LONG)).isEqualTo(2);
      assertThat(stream.read(read, 2, 6, LONG)).isEqualTo(1);
      assertThat(stream.read(read, 3, 5, LONG)).isEqualTo(2);
      assertThat(read).startsWith(bytes("abcde"));
    }
  }

  @Test
  void itsEndIsToldAgainAndAgainWithItsReason() throws Exception {
    byte[] close = {0x0f, (byte) 0xaa, 'w', 'h', 'y'}; // 4010
    try (var server = HastyServer.saying(HastyServer.frame(HastyServer.CLOSE, close));
        WebSocketStream stream = connect(server.port(), LONG)) {
      assertThat(stream.next(LONG)).isEmpty();
      assertThat(stream.next(LONG)).isEmpty();
      assertThat(stream.read(new byte[1], 0, 1, LONG)).isEqualTo(-1);
      assertThat(stream.ending()).isEqualTo(new Ending(4010, "why"));
      assertThatThrownBy(() -> stream.write("too late")).isInstanceOf(IOException.class);
    }
  }

  @Test
  void whoReadsIsWokenWhenItIsClosedHere() throws Exception {
    try (var server = HastyServer.saying();
        WebSocketStream stream = connect(server.port(), LONG)) {
      Thread closer = Thread.ofVirtual().start(() -> stream.close("enough"));
      assertThat(stream.next(LONG)).isEqualTo(Optional.empty());
      assertThat(stream.ending()).isEqualTo(new Ending(1000, "enough"));
      closer.join();
    }
  }

  @Test
  void aServerThatDoesNotAnswerIsWaitedForNoLongerThanAsked() throws Exception {
    try (var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> connect(silent.getLocalPort(), SHORT))
          .isInstanceOf(SocketTimeoutException.class)
          .hasMessageContaining("no answer in 50 ms");
    }
  }

  /** A library may deliver within the call that asks for the message. */
  @Test
  void aMessageThatComesWithinTheFirstDemandIsFollowedByTheNext() throws Exception {
    var stream = new WebSocketStream(LIMITS, ended -> {});
    var said = new ArrayDeque<>(List.of(new byte[0], bytes("first"), bytes("second")));
    var socket = new WebSocket[1];
    socket[0] =
        (WebSocket)
            Proxy.newProxyInstance(
                WebSocket.class.getClassLoader(),
                new Class<?>[] {WebSocket.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("request") && !said.isEmpty()) {
                    stream.onBinary(socket[0], ByteBuffer.wrap(said.remove()), true);
                  }
                  return method.getReturnType() == boolean.class ? false : null;
                });
    stream.onOpen(socket[0]);
    byte[] read = new byte[16];
    assertThat(stream.read(read, 0, 16, LONG)).isEqualTo(5);
    assertThat(stream.read(read, 5, 11, LONG)).isEqualTo(6);
    assertThat(read).startsWith(bytes("firstsecond"));
  }

  @Test
  void aMessageInFramesIsOneAndOneThatIsTooLongEndsIt() throws Exception {
    byte[] much = new byte[40_000];
    try (var server =
            HastyServer.saying(
                HastyServer.part(HastyServer.BINARY, much),
                HastyServer.frame(HastyServer.CONTINUATION, bytes("end")),
                HastyServer.part(HastyServer.BINARY, much),
                HastyServer.frame(HastyServer.CONTINUATION, much));
        WebSocketStream stream = connect(server.port(), LONG)) {
      assertThat(stream.next(LONG))
          .hasValueSatisfying(
              message -> assertThat(((Message.BinaryMessage) message).bytes()).hasSize(40_003));
      assertThat(stream.next(LONG)).isEmpty();
      assertThat(stream.ending())
          .isEqualTo(new Ending(1009, "a message is longer than 65536 bytes"));
    }
  }

  @Test
  void manyWriteAtOnceEachAWholeMessage() throws Exception {
    var server = new Server();
    var port = new ServerConnector(server);
    port.setHost("127.0.0.1");
    server.addConnector(port);
    server.setHandler(
        WebSocketUpgradeHandler.from(
            server, sockets -> sockets.addMapping("/*", (asked, answer, end) -> new Echo())));
    server.start();
    try (WebSocketStream stream = connect(port.getLocalPort(), LONG)) {
      for (int writer = 0; writer < 4; writer++) {
        String word = ("" + writer).repeat(1000);
        Thread.ofVirtual()
            .start(() -> {
              try {
                for (int at = 0; at < 25; at++) {
                  stream.write(word);
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
      }
      for (int at = 0; at < 100; at++) {
        Message next = stream.next(LONG).orElseThrow();
        assertThat(((Message.TextMessage) next).text()).matches("(.)\\1{999}");
      }
    } finally {
      server.stop();
    }
  }

  /** Says each text again. */
  public static final class Echo implements Session.Listener.AutoDemanding {
    private final CompletableFuture<Session> opened = new CompletableFuture<>();

    @Override
    public void onWebSocketOpen(Session session) {
      opened.complete(session);
    }

    @Override
    public void onWebSocketText(String text) {
      opened.join().sendText(text, Callback.NOOP);
    }
  }
}
