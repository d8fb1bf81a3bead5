package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.api.tls.TestCertificate;
import dev.visco.cli.ApiAddress;
import dev.visco.cli.ServerTrust;
import dev.visco.cli.Visco;
import dev.visco.session.PinnedTrust;
import dev.visco.settings.TlsFiles;
import dev.visco.wire.Json;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** An API that speaks HTTPS by files, its command line on the same host, and strangers. */
@Timeout(120)
class HttpsTest {
  @TempDir private Path folder;
  private TestCertificate files;
  private FakeMachinesDaemon daemon;
  private HttpClient client;

  @BeforeEach
  void start() throws Exception {
    files = TestCertificate.in(folder.resolve("tls"));
    Path data = Files.createDirectory(folder.resolve("data"));
    daemon =
        FakeMachinesDaemon.start(
            data,
            Map.of(
                "tls.certificate",
                files.certificate().toString(),
                "tls.key",
                files.key().toString(),
                "tls.hsts",
                "365d"));
    client = HttpClient.newBuilder().sslContext(PinnedTrust.context(TlsFiles.shown(data))).build();
  }

  @AfterEach
  void end() {
    client.close();
    daemon.close();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + daemon.port() + path))
        .header("Authorization", "Bearer " + daemon.adminToken());
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(request(path).build(), BodyHandlers.ofString());
  }

  @Test
  void theCommandLineOfTheSameHostReachesItByItself() throws Exception {
    FakeMachinesDaemon.Said made = daemon.run("create");
    assertThat(made.code()).as(made.err()).isZero();
    assertThat(daemon.run("ps", "-q").out()).isEqualTo(made.out());
    JsonNode health = Json.read(get("/health").body(), JsonNode.class);
    assertThat(health.path("status").asString()).isEqualTo("ok");
  }

  @Test
  void linksBeginAsItWasCalled() throws Exception {
    String vm = daemon.run("create").out().strip();
    HttpResponse<String> page = get("/vms/" + vm + "/desktop");
    assertThat(page.statusCode()).isEqualTo(200);
    HttpResponse<String> own =
        client.send(
            request("/api/v1/me").header("Origin", "https://127.0.0.1:" + daemon.port()).build(),
            BodyHandlers.ofString());
    assertThat(own.statusCode()).isEqualTo(200);
    HttpResponse<String> plain =
        client.send(
            request("/api/v1/me").header("Origin", "http://127.0.0.1:" + daemon.port()).build(),
            BodyHandlers.ofString());
    assertThat(plain.statusCode()).isEqualTo(403);
    assertThat(plain.body()).contains("https://127.0.0.1:" + daemon.port());
  }

  @Test
  void browsersAreToldToComeByItAlone() throws Exception {
    assertThat(get("/health").headers().firstValue("Strict-Transport-Security"))
        .hasValue("max-age=31536000");
  }

  @Test
  void oldVersionsOfTlsAreNotSpoken() throws Exception {
    for (String version : new String[] {"TLSv1.3", "TLSv1.2"}) {
      assertThat(handshake(version)).isEqualTo(version);
    }
    assertThatThrownBy(() -> handshake("TLSv1.1")).isInstanceOf(IOException.class);
  }

  private String handshake(String version) throws IOException {
    var context = PinnedTrust.context(files.certificate());
    try (var socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", daemon.port())) {
      socket.setSoTimeout(20_000);
      socket.setEnabledProtocols(new String[] {version});
      socket.startHandshake();
      return socket.getSession().getProtocol();
    }
  }

  @Test
  void whoDoesNotKnowTheCertificateDoesNotConnect() throws Exception {
    TestCertificate other = TestCertificate.in(folder.resolve("other"));
    try (HttpClient stranger =
        HttpClient.newBuilder().sslContext(PinnedTrust.context(other.certificate())).build()) {
      assertThatThrownBy(() -> stranger.send(request("/health").build(), BodyHandlers.ofString()))
          .isInstanceOf(SSLHandshakeException.class)
          .hasMessageContaining("another certificate");
    }
  }

  @Test
  void theCommandLineSaysThatACertificateIsNotAccepted() throws Exception {
    var err = new ByteArrayOutputStream();
    TestCertificate other = TestCertificate.in(folder.resolve("other"));
    var address =
        new ApiAddress(
            "127.0.0.1", daemon.port(), "", "t", ServerTrust.inExactly(other.certificate()));
    int code =
        Visco.commandLine(
                flags -> address,
                new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                List.of())
            .execute("ps");
    assertThat(code).isEqualTo(5);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains(
            "The certificate of the daemon at https://127.0.0.1:"
                + daemon.port()
                + " is not accepted")
        .contains("VISCO_CA");
  }

  @Test
  void plainHttpLeadsBrowsersToHttpsAndIsRefusedToPrograms() throws Exception {
    URI plain = URI.create("http://127.0.0.1:" + daemon.port() + "/docs?a=b");
    HttpResponse<String> page =
        client.send(HttpRequest.newBuilder(plain).build(), BodyHandlers.ofString());
    assertThat(page.statusCode()).isEqualTo(308);
    assertThat(page.headers().firstValue("Location"))
        .hasValue("https://127.0.0.1:" + daemon.port() + "/docs?a=b");
    HttpResponse<String> token =
        client.send(
            HttpRequest.newBuilder(plain).header("Authorization", "Bearer x").build(),
            BodyHandlers.ofString());
    assertThat(token.statusCode()).isEqualTo(400);
    assertThat(token.body()).contains("speaks HTTPS", "new token");
  }

  @Test
  void halfAHandshakeKeepsNobodyOut() throws Exception {
    try (var silent = new Socket("127.0.0.1", daemon.port())) {
      silent.getOutputStream().write(new byte[] {0x16, 3, 1});
      assertThat(get("/health").statusCode()).isEqualTo(200);
    }
  }

  private X509Certificate shown() throws IOException {
    var context = PinnedTrust.context(TlsFiles.shown(folder.resolve("data")));
    try (var socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", daemon.port())) {
      socket.setSoTimeout(20_000);
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  @Test
  void aNewCertificateIsShownWhileOpenStreamsGoOn() throws Exception {
    X509Certificate before = shown();
    var stream =
        client.send(
            request("/api/v1/events?kind=vm,certificate")
                .header("Accept", "text/event-stream")
                .build(),
            BodyHandlers.ofInputStream());
    TestCertificate next = TestCertificate.in(folder.resolve("next"));
    for (var one :
        Map.of(next.certificate(), files.certificate(), next.key(), files.key()).entrySet()) {
      Files.copy(
          one.getKey(),
          one.getValue(),
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.COPY_ATTRIBUTES);
    }
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> !shown().equals(before));
    FakeMachinesDaemon.Said made = daemon.run("create");
    assertThat(made.code()).as(made.err()).isZero();
    try (var lines =
        new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
      assertThat(lines.lines().filter(line -> line.startsWith("event: ")).limit(2))
          .containsExactly("event: certificate-changed", "event: vm-created");
    }
  }
}
