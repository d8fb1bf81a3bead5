package dev.visco.compatible;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the recordings do not ask of the socket: its limits, and callers that misbehave. */
class HttpServerTest {
  @TempDir private Path folder;
  private InProcess process;

  private Path socket() {
    return folder.resolve("api.sock");
  }

  @BeforeEach
  void start() {
    process = InProcess.beforeFake(List.of("--api-sock", socket().toString()));
    Awaitility.await().ignoreExceptions().until(() -> ask("GET / HTTP/1.1\r\n\r\n").length() > 0);
  }

  @AfterEach
  void end() {
    process.close();
  }

  private SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket()));
    return channel;
  }

  private static void send(SocketChannel channel, String text) throws IOException {
    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static String readAll(SocketChannel channel) throws IOException {
    var all = new ByteArrayOutputStream();
    ByteBuffer read = ByteBuffer.allocate(4096);
    while (channel.read(read.clear()) >= 0) {
      all.write(read.array(), 0, read.position());
    }
    return all.toString(StandardCharsets.UTF_8);
  }

  private String ask(String request) throws IOException {
    try (SocketChannel channel = connect()) {
      send(channel, request);
      channel.shutdownOutput();
      return readAll(channel);
    }
  }

  private static String readSome(SocketChannel channel) throws IOException {
    ByteBuffer read = ByteBuffer.allocate(4096);
    int count = channel.read(read);
    return new String(read.array(), 0, Math.max(count, 0), StandardCharsets.UTF_8);
  }

  @Test
  void tenConnectionsAreServedAndTheNextIsTurnedAway() throws IOException {
    var open = new ArrayList<SocketChannel>();
    try {
      for (int i = 0; i < 10; i++) {
        SocketChannel channel = connect();
        open.add(channel);
        send(channel, "GET /version HTTP/1.1\r\n\r\n");
        assertThat(readSome(channel)).startsWith("HTTP/1.1 200 ");
      }
      try (SocketChannel eleventh = connect()) {
        assertThat(readAll(eleventh)).startsWith("HTTP/1.1 503 ").contains("Connection: close");
      }
      open.removeLast().close();
      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .ignoreExceptionsInstanceOf(IOException.class) // Turned away before it has asked.
          .until(() -> ask("GET /version HTTP/1.1\r\n\r\n").startsWith("HTTP/1.1 200 "));
    } finally {
      for (SocketChannel channel : open) {
        channel.close();
      }
    }
  }

  @Test
  void aRequestMayComeByteByByte() throws IOException {
    String body = "{\"vcpu_count\": 2, \"mem_size_mib\": 256}";
    String request =
        "PUT /machine-config HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(body.length(), body);
    try (SocketChannel channel = connect()) {
      for (char c : request.toCharArray()) {
        send(channel, Character.toString(c));
      }
      assertThat(readSome(channel)).startsWith("HTTP/1.1 204 ");
    }
    assertThat(ask("GET /machine-config HTTP/1.1\r\n\r\n")).contains("\"vcpu_count\":2");
  }

  @Test
  void aLineOf1022BytesPassesAndOneMoreDoesNot() throws IOException {
    String line = "GET /version HTTP/1.1\r\nX: ";
    assertThat(ask(line + "a".repeat(1022 - 3) + "\r\n\r\n")).startsWith("HTTP/1.1 200 ");
    assertThat(ask(line + "a".repeat(1023 - 3) + "\r\n\r\n")).startsWith("HTTP/1.1 400 ");
  }

  @Test
  void whoHangsUpHalfWayLeavesTheOthersAlone() throws IOException {
    for (String half :
        List.of("G", "GET / HTTP/1.1\r\n", "PUT /mmds HTTP/1.1\r\nContent-Length: 9\r\n\r\n{")) {
      assertThat(ask(half)).isEmpty();
    }
    assertThat(ask("GET / HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void aBodyOfExactlyTheLimitPasses() throws IOException {
    String body = "{\"a\":\"" + "x".repeat(51200 - 8) + "\"}";
    assertThat(ask("PUT /mmds HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s".formatted(51200, body)))
        .startsWith("HTTP/1.1 204 ");
  }

  @Test
  void whatIsDeprecatedIsSaidInAHeader() throws IOException {
    String body = "{\"guest_cid\":3,\"uds_path\":\"%s\",\"vsock_id\":\"v\"}";
    String full = body.formatted(folder.resolve("v.sock"));
    assertThat(
            ask(
                "PUT /vsock HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s"
                    .formatted(full.length(), full)))
        .startsWith("HTTP/1.1 204 ")
        .contains("\r\nDeprecation: true\r\n");
    assertThat(Files.exists(folder.resolve("v.sock"))).isTrue();
  }
}
