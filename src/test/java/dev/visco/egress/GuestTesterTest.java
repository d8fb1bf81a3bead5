package dev.visco.egress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.visco.model.Refused;
import dev.visco.relay.secret.CertificateAuthority;
import dev.visco.relay.secret.HostCertificates;
import dev.visco.session.GuestCommand;
import dev.visco.session.GuestConnection;
import dev.visco.session.GuestFiles;
import dev.visco.session.GuestSession;
import dev.visco.wire.EgressTestDocument.EgressGuestDocument;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A page that is asked for through a guest; the guest is this host, whatever name it is given. */
@Timeout(60)
class GuestTesterTest {
  private final AtomicInteger open = new AtomicInteger();
  private @Nullable HttpServer server;

  /** A guest that opens connections and nothing else. */
  private final class DialingGuest implements GuestSession {
    @Override
    public GuestConnection dial(String host, int port, Duration deadline) throws IOException {
      if (host.equals("forbidden.example")) {
        throw new GuestConnection.NotOpened("administratively prohibited", true);
      }
      var socket = new Socket();
      try {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      } catch (IOException e) {
        throw new GuestConnection.NotOpened("Connection refused", false);
      }
      open.incrementAndGet();
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      return new GuestConnection() {
        @Override
        public InputStream input() {
          return in;
        }

        @Override
        public OutputStream output() {
          return out;
        }

        @Override
        public void close() {
          if (!socket.isClosed()) {
            open.decrementAndGet();
          }
          try {
            socket.close();
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        }
      };
    }

    @Override
    public GuestOutput exec(GuestCommand command, byte[] input, Duration deadline, int maxOutput) {
      throw new UnsupportedOperationException();
    }

    @Override
    public GuestProcess start(GuestCommand command, OutputStream output, OutputStream error) {
      throw new UnsupportedOperationException();
    }

    @Override
    public GuestProcess terminal(
        GuestCommand command, String term, int columns, int rows, OutputStream output) {
      throw new UnsupportedOperationException();
    }

    @Override
    public GuestFiles files() {
      throw new UnsupportedOperationException();
    }

    @Override
    public String hostKey() {
      return "ssh-ed25519 AAAA";
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  private int serve(HttpServer started) {
    server = started;
    started.createContext(
        "/",
        exchange -> {
          String text =
              exchange.getRequestHeaders().getFirst("Host") + " " + exchange.getRequestURI();
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write(text.getBytes(StandardCharsets.UTF_8));
          exchange.close();
        });
    started.start();
    return started.getAddress().getPort();
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  @AfterEach
  void end() {
    if (server != null) {
      server.stop(0);
    }
    assertThat(open).as("connections that nobody has closed").hasValue(0);
  }

  private EgressGuestDocument ask(String url) {
    return GuestTester.test(new DialingGuest(), url);
  }

  @Test
  void thePageComesWithTheNameThatTheGuestResolved() throws Exception {
    int port = serve(HttpServer.create(loopback(), 5));
    EgressGuestDocument came = ask("http://Ip.Example:" + port + "/me?a=b");
    assertThat(came.status()).isEqualTo(200);
    assertThat(came.body()).isEqualTo("Ip.Example:" + port + " /me?a=b");
    assertThat(came.error()).isNull();
  }

  @Test
  void tlsGoesOverTheGuestsConnectionAndAForeignCertificateIsRefused() throws Exception {
    var authority =
        CertificateAuthority.make("test", List.of("ip.example"), Instant.now(), new Random(7));
    HttpsServer https = HttpsServer.create(loopback(), 5);
    https.setHttpsConfigurator(
        new HttpsConfigurator(
            new HostCertificates(authority, InstantSource.system(), new Random(8))
                .of("ip.example")));
    int port = serve(https);
    assertThat(ask("https://ip.example:" + port + "/").error()).contains("certification path");
  }

  @Test
  void whatDoesNotComeIsTold() throws Exception {
    int none;
    try (var free = new ServerSocket(0)) {
      none = free.getLocalPort();
    }
    assertThat(ask("http://ip.example:" + none + "/").error()).contains("Connection refused");
    assertThat(ask("http://forbidden.example/").error()).contains("AllowTcpForwarding");
    try (var silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      EgressGuestDocument late =
          GuestTester.test(
              new DialingGuest(),
              TestRequest.of("http://ip.example:" + silent.getLocalPort() + "/"),
              Duration.ofMillis(300));
      assertThat(late.error()).contains("the server's answer: ");
      assertThat(late.status()).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://a/", "http://", "http://user@a/", "http://a/ b", "a"})
  void whatIsNoPageIsRefused(String url) {
    assertThatThrownBy(() -> ask(url))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("cannot be asked for");
  }
}
