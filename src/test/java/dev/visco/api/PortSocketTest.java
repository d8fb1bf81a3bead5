package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.HostFault;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.GuestConnection;
import dev.visco.session.GuestUnreachable;
import dev.visco.session.UnsupportedSession;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A port's WebSocket where something is wrong; ForwardCommandIT has what goes through one. */
@Timeout(60)
class PortSocketTest {
  @TempDir private Path folder;
  private final AtomicInteger open = new AtomicInteger();
  private ApiUnderTest api;
  private String id;

  /** A guest that opens connections on which nothing comes. */
  private final class Silent extends UnsupportedSession {
    @Override
    public GuestConnection dial(String host, int port, Duration deadline) {
      open.incrementAndGet();
      var isOpen = new AtomicBoolean(true);
      var input = new PipedInputStream();
      try {
        var never = new PipedOutputStream(input);
        return new GuestConnection() {
          @Override
          public InputStream input() {
            return input;
          }

          @Override
          public OutputStream output() {
            return OutputStream.nullOutputStream();
          }

          @Override
          public void close() {
            try {
              never.close();
              if (isOpen.getAndSet(false)) {
                open.decrementAndGet();
              }
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          }
        };
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @BeforeEach
  void start() throws Exception {
    api = ApiUnderTest.start(folder);
    api.vms.sessions = Silent::new;
    id = api.create();
    api.vms.settle(new VmId(id), VmState.READY, null);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private RawWebSocket connect(String token, String port) throws IOException {
    String[] address = api.address().split(":", -1);
    return RawWebSocket.open(
        new Socket(address[0], Integer.parseInt(address[1])),
        api.address(),
        "/api/vms/" + id + "/ports/" + port,
        List.of("Authorization: Bearer " + token));
  }

  private String ending(String token) throws IOException {
    try (RawWebSocket socket = connect(token, "80")) {
      RawWebSocket.Frame end = socket.closed();
      return end.code() + " " + end.reason();
    }
  }

  @Test
  void aUserIsToldNothingThatIsTheHostsAlone() throws Exception {
    api.vms.fault = new HostFault("/data/vms/key cannot be read");
    assertThat(ending(ApiUnderTest.USERS_TOKEN))
        .matches("1011 Something failed that should have worked\\. \\([0-9a-f]{8}\\)");
    assertThat(ending(ApiUnderTest.TOKEN)).isEqualTo("1011 /data/vms/key cannot be read");
    api.vms.fault = new Refused(new Refusal.NoFreeSlot("10.7.0.0/16", 253));
    assertThat(ending(ApiUnderTest.USERS_TOKEN)).startsWith("4409 The host has no free address");
    assertThat(ending(ApiUnderTest.TOKEN)).startsWith("4409 ").contains("10.7.0.0/16");
  }

  @Test
  void whyNoConnectionWasOpenedIsTheReason() throws Exception {
    api.vms.unreachable =
        new GuestUnreachable(GuestUnreachable.GuestStage.NO_ANSWER, "no answer within 15 s", null);
    assertThat(ending(ApiUnderTest.TOKEN)).isEqualTo("4502 no answer within 15 s");
  }

  @Test
  void aReasonThatIsTooLongForAFrameIsCut() throws Exception {
    api.vms.fault = new HostFault("ä".repeat(300));
    assertThat(ending(ApiUnderTest.TOKEN)).isEqualTo("1011 " + "?".repeat(120) + "...");
  }

  /** The answer's head and content to a CONNECT that is refused. */
  private String connected(String target, String... headers) throws IOException {
    String[] address = api.address().split(":", -1);
    try (Socket socket = new Socket(address[0], Integer.parseInt(address[1]))) {
      socket.setSoTimeout(30_000);
      String fields = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
      String head = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n" + fields;
      socket.getOutputStream().write((head + "\r\n").getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void aProxysClientIsToldWhyItGetsNoConnection() throws Exception {
    String token = "Proxy-Authorization: Bearer " + ApiUnderTest.TOKEN;
    assertThat(connected(id + ":80"))
        .startsWith("HTTP/1.1 407 ")
        .contains("Proxy-Authenticate: Basic realm=\"visco\"");
    for (String wrong :
        List.of("Bearer visco-wrong", "Basic " + "!", "Basic dTo=", "Digest x", "Bearer")) {
      assertThat(connected(id + ":80", "Proxy-Authorization: " + wrong))
          .as(wrong)
          .startsWith("HTTP/1.1 407 ")
          .contains("Proxy-Authenticate: ");
    }
    assertThat(connected(id + ":80", "Authorization: Bearer " + ApiUnderTest.TOKEN))
        .as("that is the target's, and not the proxy's")
        .startsWith("HTTP/1.1 407 ");
    assertThat(connected("a.b:80", token)).startsWith("HTTP/1.1 400 ").contains("VM:PORT");
    assertThat(connected(id + ":65536", token)).startsWith("HTTP/1.1 400 ");
    assertThat(connected("vm-ffffffff:80", token)).startsWith("HTTP/1.1 404 ");
    api.vms.unreachable =
        new GuestUnreachable(GuestUnreachable.GuestStage.NO_ANSWER, "no answer within 15 s", null);
    assertThat(connected(id + ":80", token)).startsWith("HTTP/1.1 502 ").contains("15 s");
    api.vms.settle(new VmId(id), VmState.STOPPED, null);
    assertThat(connected(id + ":80", token)).startsWith("HTTP/1.1 409 ");
    assertThat(open).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "65536", "-1", "http", "080", "999999"})
  void whatIsNoPortIsRefusedBeforeTheUpgrade(String port) throws Exception {
    try (RawWebSocket socket = connect(ApiUnderTest.TOKEN, port)) {
      assertThat(socket.status()).isEqualTo(400);
      assertThat(socket.body()).contains("from 1 to 65535");
    }
  }

  @Test
  void aTextFrameThatSaysNothingKnownEndsIt() throws Exception {
    try (RawWebSocket socket = connect(ApiUnderTest.TOKEN, "80")) {
      Awaitility.await().until(() -> open.get() == 1);
      socket.send(RawWebSocket.TEXT, "hello".getBytes(StandardCharsets.UTF_8));
      assertThat(socket.closed().code()).isEqualTo(4409);
    }
    Awaitility.await().until(() -> open.get() == 0);
  }

  @Test
  void aClientThatGoesEndsTheConnection() throws Exception {
    try (RawWebSocket socket = connect(ApiUnderTest.TOKEN, "80")) {
      Awaitility.await().until(() -> open.get() == 1);
      assertThat(socket.status()).isEqualTo(101);
    }
    Awaitility.await().until(() -> open.get() == 0);
  }
}
