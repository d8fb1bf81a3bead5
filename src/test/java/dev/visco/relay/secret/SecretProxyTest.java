package dev.visco.relay.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.relay.secret.InterceptedHost.ExchangedField;
import dev.visco.relay.secret.TlsHost.Answer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest and a host with real TLS; between them the proxy that puts a secret in. */
@Timeout(120)
class SecretProxyTest {
  private static final String HOST = "api.provider.test";
  private static final String SECRET = "sk-0123456789abcdefghijklmnopqrstuvwxyz";
  private static final String PLACEHOLDER = "demo-placeholder";
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  private final CertificateAuthority ours = authority("ours", HOST);
  private final CertificateAuthority theirs = authority("theirs", HOST);
  private final HostCertificates certificates =
      new HostCertificates(ours, InstantSource.system(), new Random(1));
  private final List<AutoCloseable> toClose = new ArrayList<>();
  private volatile boolean isSecretThere = true;
  private ServerSocket relay;
  private CompletableFuture<String> ended = new CompletableFuture<>();

  private static CertificateAuthority authority(String name, String host) {
    return CertificateAuthority.make(name, List.of(host), Instant.now(), new Random(2));
  }

  @BeforeEach
  void open() throws IOException {
    relay = keep(new ServerSocket(0, 50, HERE));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : toClose.reversed()) {
      one.close();
    }
  }

  private <T extends AutoCloseable> T keep(T one) {
    toClose.add(one);
    return one;
  }

  private final class Intercepted implements InterceptedHost {
    private final boolean webSocket;

    private Intercepted(boolean webSocket) {
      this.webSocket = webSocket;
    }

    @Override
    public SSLContext server() {
      return certificates.of(HOST);
    }

    @Override
    public List<ExchangedField> fields() {
      return List.of(
          new ExchangedField(
              "Authorization", "Bearer", PLACEHOLDER, webSocket, true, () -> value(SECRET)),
          new ExchangedField(
              "Demo-Account", "", "demo-account", webSocket, false, () -> value("acct-7")));
    }

    private byte[] value(String text) throws NotPassedOn {
      if (!isSecretThere) {
        throw NotPassedOn.noSecret("the vault cannot be read");
      }
      return text.getBytes(StandardCharsets.US_ASCII);
    }
  }

  private static SSLSocketFactory trusting(CertificateAuthority authority) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setCertificateEntry("one", authority.certificate());
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, factory.getTrustManagers(), null);
      return context.getSocketFactory();
    } catch (java.security.GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private TlsHost host(Answer answer) throws IOException {
    return keep(new TlsHost(theirs, HOST, answer));
  }

  private static boolean say(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    return true;
  }

  private SSLSocket guest(int hostPort) throws IOException {
    return guest(hostPort, true, trusting(theirs));
  }

  /** A connection of the guest, whose first bytes the relay has read already. */
  private SSLSocket guest(int hostPort, boolean webSocket, SSLSocketFactory hostTrust)
      throws IOException {
    ended = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try (Socket from = relay.accept()) {
            byte[] begun = from.getInputStream().readNBytes(3);
            SecretProxy.serve(
                from,
                begun,
                HOST,
                new Intercepted(webSocket),
                () -> {
                  try {
                    return keep(new Socket(HERE, hostPort));
                  } catch (IOException e) {
                    throw new NotPassedOn(502, "unreachable", HOST + " does not answer");
                  }
                },
                new HostTls(hostTrust, Duration.ofSeconds(20)));
            ended.complete("in order");
          } catch (NotPassedOn e) {
            ended.complete(e.rule());
          } catch (IOException e) {
            ended.complete("broken");
          }
        });
    var plain = keep(new Socket(HERE, relay.getLocalPort()));
    var socket = (SSLSocket) trusting(ours).createSocket(plain, HOST, 443, true);
    var parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
    socket.setSSLParameters(parameters);
    socket.setSoTimeout(30_000);
    socket.startHandshake();
    return keep(socket);
  }

  private static void send(SSLSocket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
  }

  private static String request(String... fields) {
    return "GET /v1/me HTTP/1.1\r\nHost: "
        + HOST
        + "\r\n"
        + String.join("", List.of(fields).stream().map(one -> one + "\r\n").toList())
        + "\r\n";
  }

  private static String bearer() {
    return "Authorization: Bearer " + PLACEHOLDER;
  }

  private static String read(SSLSocket socket, int length) throws IOException {
    return new String(socket.getInputStream().readNBytes(length), StandardCharsets.ISO_8859_1);
  }

  private static String readAll(SSLSocket socket) throws IOException {
    try (socket) {
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  @Test
  void thePlaceholderIsReplacedInItsFieldAndConnectionsGoOn() throws Exception {
    TlsHost host = host((_, _, out) -> say(out, OK));
    SSLSocket guest = guest(host.port());
    assertThat(guest.getApplicationProtocol()).isEqualTo("http/1.1");
    send(guest, request(bearer(), "Demo-Account: demo-account", "Accept-Encoding: br"));
    assertThat(read(guest, OK.length())).isEqualTo(OK);
    send(guest, request("X-Other: " + PLACEHOLDER));
    assertThat(read(guest, OK.length())).isEqualTo(OK);
    send(guest, request("Authorization: Bearer somebody-elses"));
    assertThat(read(guest, OK.length())).isEqualTo(OK);
    guest.close();
    assertThat(ended.get()).isEqualTo("in order");
    assertThat(host.heads()).hasSize(3);
    assertThat(host.heads().getFirst())
        .contains("Authorization: Bearer " + SECRET + "\r\n", "Demo-Account: acct-7\r\n")
        .contains("Accept-Encoding: identity\r\n")
        .doesNotContain("br\r\n");
    assertThat(host.heads().get(1)).doesNotContain(SECRET).contains("X-Other: " + PLACEHOLDER);
    assertThat(host.heads().get(2)).contains("Bearer somebody-elses").doesNotContain(SECRET);
    assertThat(host.connections()).isEqualTo(1);
  }

  @Test
  void aPasswordOfBasicAuthenticationIsReplacedToo() throws Exception {
    TlsHost host =
        host((head, _, out) -> {
          say(out, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + head);
          return false;
        });
    SSLSocket guest = guest(host.port());
    String pair =
        Base64.getEncoder()
            .encodeToString(("x:" + PLACEHOLDER).getBytes(StandardCharsets.US_ASCII));
    send(guest, request("Authorization: Basic " + pair));
    String answer = readAll(guest);
    String real =
        Base64.getEncoder().encodeToString(("x:" + SECRET).getBytes(StandardCharsets.US_ASCII));
    assertThat(host.heads().getFirst()).contains("Authorization: Basic " + real);
    assertThat(answer).as("nor is it echoed").contains("Basic ****").doesNotContain(real);
  }

  /** A host that tells the guest its own request: in fields, in a body, in chunks, cut anywhere. */
  @ParameterizedTest
  @ValueSource(strings = {"length", "chunks", "end", "field", "redirect", "interim", "trailer"})
  void noAnswerHasTheSecret(String how) throws Exception {
    TlsHost host =
        host((head, _, out) -> {
          String echo =
              head.substring(head.indexOf("Bearer"), head.indexOf("\r\n", head.indexOf("Bearer")));
          return switch (how) {
            case "length" ->
                say(out, "HTTP/1.1 200 OK\r\nContent-Length: " + echo.length() + "\r\n\r\n" + echo);
            case "chunks" -> {
              say(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
              for (char one : echo.toCharArray()) {
                say(out, "1\r\n" + one + "\r\n");
                out.flush();
              }
              yield say(out, "0\r\n\r\n");
            }
            case "end" -> {
              say(out, "HTTP/1.1 200 OK\r\n\r\n" + echo.substring(0, 20));
              out.flush();
              say(out, echo.substring(20));
              yield false;
            }
            case "redirect" ->
                say(
                    out,
                    "HTTP/1.1 302 Found\r\nLocation: https://evil.test/?"
                        + echo.replace(" ", "=")
                        + "\r\nContent-Length: 0\r\n\r\n");
            case "interim" -> say(out, "HTTP/1.1 103 Early\r\nLink: " + echo + "\r\n\r\n" + OK);
            case "trailer" ->
                say(
                    out,
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: "
                        + echo
                        + "\r\n\r\n");
            default ->
                say(out, "HTTP/1.1 200 OK\r\nX-Seen: " + echo + "\r\nContent-Length: 0\r\n\r\n");
          };
        });
    SSLSocket guest = guest(host.port());
    send(guest, request(bearer(), "Connection: close"));
    String answer = readAll(guest);
    assertThat(answer).contains("*".repeat(SECRET.length()));
    assertThat(answer.replace("\r\n", "").replaceAll("1(?=[*B-Za-z])", "")).doesNotContain(SECRET);
    assertThat(host.heads().getFirst()).contains(SECRET);
  }

  @Test
  void bodiesGoBothWaysWhileTheyComeAndWaitForContinue() throws Exception {
    TlsHost host =
        host((head, in, out) -> {
          if (head.contains("chunked")) {
            say(out, "HTTP/1.1 100 Continue\r\n\r\n");
            out.flush();
            var read = new StringBuilder();
            while (!read.toString().endsWith("0\r\n\r\n")) {
              read.append((char) in.read());
            }
            say(out, "HTTP/1.1 200 OK\r\nContent-Length: " + read.length() + "\r\n\r\n" + read);
            return true;
          }
          return say(out, OK);
        });
    SSLSocket guest = guest(host.port());
    String head =
        "POST / HTTP/1.1\r\nHost: "
            + HOST
            + "\r\n"
            + bearer()
            + "\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n";
    send(guest, head);
    String interim = "HTTP/1.1 100 Continue\r\n\r\n";
    assertThat(read(guest, interim.length())).isEqualTo(interim);
    send(guest, "5\r\nhello\r\n");
    send(guest, "0\r\n\r\n");
    String body = "5\r\nhello\r\n0\r\n\r\n";
    String answer = "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    assertThat(read(guest, answer.length())).isEqualTo(answer);
    send(guest, "POST / HTTP/1.1\r\nHost: " + HOST + "\r\nContent-Length: 3\r\n\r\nabc");
    assertThat(read(guest, OK.length())).isEqualTo(OK);
    assertThat(host.bodies()).containsExactly("abc");
  }

  @Test
  void eventsComeWhenTheyAreSent() throws Exception {
    var next = new CompletableFuture<Void>();
    TlsHost host =
        host((_, _, out) -> {
          say(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\ndata:1\r\n");
          out.flush();
          next.join();
          return say(out, "6\r\ndata:2\r\n0\r\n\r\n");
        });
    SSLSocket guest = guest(host.port());
    send(guest, request(bearer(), "Connection: close"));
    String first = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\ndata:1\r\n";
    assertThat(read(guest, first.length())).isEqualTo(first);
    next.complete(null);
    assertThat(readAll(guest)).isEqualTo("6\r\ndata:2\r\n0\r\n\r\n");
  }

  @Test
  void theHandshakeOfAWebSocketGetsTheSecretAndItsFramesPass() throws Exception {
    TlsHost host =
        host((_, in, out) -> {
          say(
              out,
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
          out.flush();
          byte[] frame = in.readNBytes(4);
          out.write(frame);
          say(out, SECRET);
          return false;
        });
    SSLSocket guest = guest(host.port());
    send(
        guest,
        request(
            bearer(),
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Extensions: permessage-deflate"));
    String head =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    assertThat(read(guest, head.length())).isEqualTo(head);
    send(guest, "ping");
    assertThat(readAll(guest)).isEqualTo("ping" + "*".repeat(SECRET.length()));
    assertThat(host.heads().getFirst()).contains(SECRET).doesNotContain("deflate");
  }

  @Test
  void withoutItsSecretARequestIsAnsweredHereAndNothingLeaves() throws Exception {
    TlsHost host = host((_, _, out) -> say(out, OK));
    isSecretThere = false;
    SSLSocket guest = guest(host.port());
    send(guest, request(bearer()));
    assertThat(readAll(guest))
        .startsWith("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json")
        .contains("\"detail\":\"Visco: the vault cannot be read.\"");
    assertThat(ended.get()).isEqualTo("no-secret");
    assertThat(host.heads()).isEmpty();
    SSLSocket second = guest(host.port());
    send(second, request());
    assertThat(read(second, OK.length())).as("a request that needs none").isEqualTo(OK);
  }

  @Test
  void aHostThatCannotProveItsNameIsAskedNothing() throws Exception {
    TlsHost host = host((_, _, out) -> say(out, OK));
    SSLSocket guest = guest(host.port(), true, trusting(ours));
    send(guest, request(bearer()));
    assertThat(readAll(guest)).startsWith("HTTP/1.1 502 ").contains("certificate of " + HOST);
    assertThat(ended.get()).isEqualTo("untrusted-host");
    assertThat(host.heads()).isEmpty();
    host.close();
    SSLSocket second = guest(host.port());
    send(second, request(bearer()));
    assertThat(readAll(second)).startsWith("HTTP/1.1 502 ").contains("does not answer");
    assertThat(ended.get()).isEqualTo("unreachable");
  }

  @Test
  void aHostThatHasEndedItsConnectionIsConnectedToAgain() throws Exception {
    TlsHost host = host((_, _, out) -> say(out, OK));
    SSLSocket guest = guest(host.port());
    send(guest, request(bearer()));
    assertThat(read(guest, OK.length())).isEqualTo(OK);
    host.endConnections();
    send(guest, request(bearer()));
    assertThat(read(guest, OK.length())).isEqualTo(OK);
    assertThat(host.connections()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET / HTTP/1.1~Host: other.test~~ | 421",
        "GET / HTTP/1.1~Host: api.provider.test:444~~ | 421",
        "GET / HTTP/1.1~Host: api.provider.test~Host: other.test~~ | 400",
        "GET https://other.test/ HTTP/1.1~Host: api.provider.test~~ | 400",
        "TRACE / HTTP/1.1~Host: api.provider.test~~ | 405",
        "CONNECT other.test:443 HTTP/1.1~Host: api.provider.test~~ | 405",
        "GET / HTTP/2.0~Host: api.provider.test~~ | 400",
        "GET / HTTP/1.1~Host: api.provider.test~X : y~~ | 400",
        "GET / HTTP/1.1~Host: api.provider.test~X: y~ folded~~ | 400",
        "POST / HTTP/1.1~Host: api.provider.test~Content-Length: 1~Transfer-Encoding: chunked~~ | 400",
        "POST / HTTP/1.1~Host: api.provider.test~Transfer-Encoding: gzip, chunked~~ | 400",
        "POST / HTTP/1.1~Host: api.provider.test~Content-Length: +1~~ | 400",
        "POST / HTTP/1.1~Host: api.provider.test~Content-Length: 1~Content-Length: 2~~ | 400",
        "GET / HTTP/1.1~Host: api.provider.test~Authorization: demo-placeholder~~ | 400",
        "GET / HTTP/1.1~Host: api.provider.test~Authorization: Bearer x-demo-placeholder~~ | 400",
      })
  void whatCanBeReadInTwoWaysOrIsForAnotherHostIsNotPassedOn(String request, int status)
      throws Exception {
    TlsHost host = host((_, _, out) -> say(out, OK));
    SSLSocket guest = guest(host.port());
    send(guest, request.strip().replace("~", "\r\n"));
    assertThat(readAll(guest)).startsWith("HTTP/1.1 " + status + " ");
    assertThat(host.heads()).isEmpty();
    assertThat(ended.get()).isEqualTo("bad-request");
  }

  @Test
  void whereWebSocketsGetNoSecretTheirPlaceholderDoesNotLeave() throws Exception {
    TlsHost host = host((_, _, out) -> say(out, OK));
    SSLSocket guest = guest(host.port(), false, trusting(theirs));
    send(guest, request(bearer(), "Connection: keep-alive, Upgrade", "Upgrade: websocket"));
    assertThat(readAll(guest)).startsWith("HTTP/1.1 400 ").contains("WebSockets");
    assertThat(host.heads()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
      })
  void anAnswerThatIsNoneIsToldAsSuch(String answer) throws Exception {
    TlsHost host =
        host((_, _, out) -> {
          say(out, answer);
          return false;
        });
    SSLSocket guest = guest(host.port());
    send(guest, request(bearer()));
    assertThat(readAll(guest)).startsWith("HTTP/1.1 ");
    assertThat(ended.get()).isIn("bad-answer", "in order");
  }

  @Test
  void anAnswerThatBreaksOffLooksBroken() throws Exception {
    TlsHost host =
        host((_, _, out) -> {
          say(out, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
          return false;
        });
    SSLSocket guest = guest(host.port());
    send(guest, request(bearer()));
    assertThat(readAll(guest)).endsWith("half").doesNotContain("problem");
    assertThat(ended.get()).isEqualTo("broken");
  }

  @Test
  void hugeHeadsAreGivenUp() throws Exception {
    TlsHost host = host((_, _, out) -> say(out, OK));
    SSLSocket guest = guest(host.port());
    send(guest, "GET / HTTP/1.1\r\nX: " + "y".repeat(70_000) + "\r\n\r\n");
    assertThat(readAll(guest)).startsWith("HTTP/1.1 400 ");
    assertThat(host.heads()).isEmpty();
  }

  @Test
  void whoeverDoesNotTrustTheAuthorityIsNotServed() throws Exception {
    TlsHost host = host((_, _, out) -> say(out, OK));
    assertThatThrownBy(
            () -> {
              Thread.ofVirtual()
                  .start(() -> {
                    try (Socket from = relay.accept()) {
                      HostTls.begin(
                          from,
                          new ByteArrayInputStream(new byte[0]),
                          certificates.of(HOST),
                          Duration.ofSeconds(20));
                    } catch (IOException e) {
                      // The guest has ended it.
                    }
                  });
              var plain = keep(new Socket(HERE, relay.getLocalPort()));
              var socket = (SSLSocket) trusting(theirs).createSocket(plain, HOST, 443, true);
              socket.startHandshake();
            })
        .isInstanceOf(SSLException.class);
    assertThat(host.heads()).isEmpty();
  }

  @Test
  void anUntrustedByteOfTheGuestsIsReadOnceOnly() throws Exception {
    TlsHost host = host((_, _, out) -> say(out, OK));
    SSLSocket guest = guest(host.port());
    send(guest, request(bearer()) + request(bearer()));
    InputStream in = guest.getInputStream();
    assertThat(new String(in.readNBytes(2 * OK.length()), StandardCharsets.US_ASCII))
        .as("two requests in one write")
        .isEqualTo(OK + OK);
    assertThat(host.heads()).hasSize(2);
  }
}
