package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One call of a server that says what it was told to. */
@Timeout(60)
class UnixHttpTest {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final int MAX = 8192;

  @TempDir Path folder;
  private Path socket;
  private ServerSocketChannel server;

  @BeforeEach
  void listen() throws IOException {
    socket = folder.resolve("s");
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket), 1);
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  /** Answers one call; the future has what it was asked. */
  private CompletableFuture<String> answering(String answer) {
    var asked = new CompletableFuture<String>();
    Thread.ofVirtual()
        .start(() -> {
          try (SocketChannel client = server.accept()) {
            ByteBuffer request = ByteBuffer.allocate(4096);
            client.read(request);
            client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
            asked.complete(
                new String(request.array(), 0, request.position(), StandardCharsets.UTF_8));
          } catch (IOException e) {
            asked.completeExceptionally(e);
          }
        });
    return asked;
  }

  private UnixHttp client() {
    return new UnixHttp(socket, "The server", SHORT, MAX);
  }

  @Test
  void asksAndGivesStatusAndBodyWhateverTheyAre() throws Exception {
    var asked = answering("HTTP/1.1 418 I'm a teapot\r\ncontent-length:  5\r\n\r\nh\u00e4 h");
    assertThat(client().call("PUT", "/x", "{\"a\":\"\u00e4\"}"))
        .isEqualTo(new UnixHttp.HttpAnswer(418, "h\u00e4 h"));
    assertThat(asked.get())
        .isEqualTo(
            "PUT /x HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
                + "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{\"a\":\"\u00e4\"}");
    asked = answering("HTTP/1.1 204 \r\n\r\n");
    assertThat(client().call("GET", "/", null)).isEqualTo(new UnixHttp.HttpAnswer(204, ""));
    assertThat(asked.get()).doesNotContain("Content-");
  }

  @Test
  void aBodyIsTakenUpToItsBound() throws IOException {
    answering("HTTP/1.1 200 \r\nContent-Length: 8192\r\n\r\n" + "x".repeat(8192));
    assertThat(client().call("GET", "/", null).body()).hasSize(8192);
    answering("HTTP/1.1 200 \r\nContent-Length: 8193\r\n\r\n" + "x".repeat(8193));
    assertThatThrownBy(() -> client().call("GET", "/", null))
        .isInstanceOf(HostFault.class)
        .hasMessage("The server answered GET / with a body of 8193 bytes");
    answering("HTTP/1.1 200 \r\nX: " + "x".repeat(100_000));
    assertThatThrownBy(() -> client().call("GET", "/", null))
        .isInstanceOf(HostFault.class)
        .hasMessage("The server answered GET / with more than it has to say");
  }

  @Test
  void whoHangsUpIsToldFromWhoDoesNotListen() throws IOException {
    answering("HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nha");
    assertThatThrownBy(() -> client().call("GET", "/", null))
        .isInstanceOf(EOFException.class)
        .hasMessage("The server hung up on GET /");
    server.close();
    assertThatThrownBy(() -> client().call("GET", "/", null))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(EOFException.class);
    var nobody = new UnixHttp(folder.resolve("none"), "The server", SHORT, MAX);
    assertThatThrownBy(() -> nobody.call("GET", "/", null)).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void oneDeadlineHoldsForConnectionAndAnswer() throws IOException {
    assertThatThrownBy(() -> client().call("GET", "/", null))
        .isInstanceOf(HostFault.class)
        .hasMessage("The server did not answer GET / within PT0.3S");
    List<SocketChannel> waiting = new ArrayList<>();
    try {
      fill(waiting);
      long start = System.nanoTime();
      assertThatThrownBy(() -> client().call("GET", "/", null))
          .isInstanceOf(HostFault.class)
          .hasMessageContaining("took no connection within PT0.3S");
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isBetween(SHORT, Duration.ofSeconds(20));
    } finally {
      for (SocketChannel channel : waiting) {
        channel.close();
      }
    }
  }

  /** Connects until the server's backlog takes no more. */
  private void fill(List<SocketChannel> into) {
    assertThatThrownBy(
            () -> {
              while (into.size() < 100) {
                into.add(OwnedSocket.connect(socket));
              }
            })
        .isInstanceOf(java.net.SocketException.class);
  }
}
