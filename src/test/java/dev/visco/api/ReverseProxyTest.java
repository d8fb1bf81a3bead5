package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.desktop.DesktopsUnderTest;
import dev.visco.api.desktop.VncLimits;
import dev.visco.host.Command;
import dev.visco.host.Detached;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import dev.visco.model.VmId;
import dev.visco.session.rfb.RfbGuest;
import dev.visco.settings.PublicUrl;
import dev.visco.wire.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** The proxies of docs/reverse-proxy.md, from the very files that are shown there. */
@Timeout(90)
class ReverseProxyTest {
  private static final String HOST = "visco.example.com";
  private static final byte[] KEY = {4, 1, 0, 0, 0, 0, 0, 97};
  private final LinuxHost host = new LinuxHost();
  @TempDir private Path folder;
  private int port;
  private DesktopsUnderTest api;
  private @org.jspecify.annotations.Nullable ProcessRef process;

  private enum Proxy {
    NGINX("nginx.conf", "/usr/sbin/nginx"),
    CADDY("Caddyfile", "/usr/bin/caddy");

    private final String file;
    private final Path program;

    Proxy(String file, String program) {
      this.file = file;
      this.program = Path.of(program);
    }
  }

  @BeforeEach
  void start() throws IOException {
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    api =
        new DesktopsUnderTest(
            folder,
            new VncLimits(
                1 << 16,
                100_000,
                20,
                java.time.Duration.ofHours(1),
                java.time.Duration.ofSeconds(5),
                java.time.Duration.ofSeconds(10),
                java.time.Duration.ofSeconds(30),
                java.time.Duration.ofMillis(300),
                java.time.Duration.ofSeconds(5)),
            new PublicUrl("https", HOST, port, "/lab"));
  }

  @AfterEach
  void end() {
    ProcessRef running = process;
    if (running != null) {
      host.terminate(running, false);
      Awaitility.await().until(() -> !host.isAlive(running));
    }
    api.close();
  }

  /** The shown file, but for where it listens, where Visco is, and whose certificate it has. */
  private String configuration(Proxy proxy) throws IOException {
    String text = Files.readString(Path.of("docs/reverse-proxy", proxy.file));
    assertThat(text).contains("127.0.0.1:3000", "/etc/ssl/visco/fullchain.pem", HOST);
    return text.replace("127.0.0.1:3000", api.address())
        .replace("/etc/ssl/visco/fullchain.pem", folder.resolve("cert.pem").toString())
        .replace("/etc/ssl/visco/privkey.pem", folder.resolve("key.pem").toString())
        .replace("listen 443 ssl;", "listen 127.0.0.1:" + port + " ssl;")
        .replace("\n" + HOST + " {", "\nhttps://" + HOST + ":" + port + " {\n\tbind 127.0.0.1");
  }

  private void run(Proxy proxy) throws IOException {
    Assumptions.assumeTrue(
        Files.isExecutable(proxy.program), proxy.program + " is not on this host");
    host.check(
        Command.of(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=" + HOST,
            "-addext",
            "subjectAltName=DNS:" + HOST,
            "-keyout",
            folder.resolve("key.pem").toString(),
            "-out",
            folder.resolve("cert.pem").toString()));
    Path file = folder.resolve(proxy.file);
    String own = configuration(proxy);
    List<String> command =
        switch (proxy) {
          case NGINX -> {
            Path site = Files.writeString(folder.resolve("visco.conf"), own);
            Files.writeString(
                file,
                "user root;\ndaemon off;\npid %s/nginx.pid;\nevents {}\nhttp {\n  access_log %s/access.log;\n  include %s;\n}\n"
                    .formatted(folder, folder, site));
            yield List.of(
                proxy.program.toString(),
                "-e",
                folder.resolve("error.log").toString(),
                "-c",
                file.toString());
          }
          case CADDY -> {
            Files.writeString(
                file,
                "{\n\tadmin off\n\tauto_https disable_redirects\n\tstorage file_system %s\n\tlog {\n\t\toutput file %s/access.log\n\t}\n}\n"
                        .formatted(folder.resolve("caddy"), folder)
                    + own);
            yield List.of(
                "env",
                "HOME=" + folder,
                proxy.program.toString(),
                "run",
                "--adapter",
                "caddyfile",
                "--config",
                file.toString());
          }
        };
    process = host.start(new Detached(command, folder.resolve("proxy.out")));
    Awaitility.await()
        .until(() -> {
          assertThat(host.isAlive(Objects.requireNonNull(process))).as(() -> said()).isTrue();
          try (var there = new Socket("127.0.0.1", port)) {
            return there.isConnected();
          } catch (IOException e) {
            return false;
          }
        });
  }

  private String said() {
    try {
      return Files.readString(folder.resolve("proxy.out"));
    } catch (IOException e) {
      return "it said nothing";
    }
  }

  private Socket connect() throws Exception {
    var keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setCertificateEntry(
        "visco",
        CertificateFactory.getInstance("X.509")
            .generateCertificate(
                new ByteArrayInputStream(Files.readAllBytes(folder.resolve("cert.pem")))));
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(keys);
    var context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
    var parameters = socket.getSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(HOST)));
    socket.setSSLParameters(parameters);
    socket.setSoTimeout(20_000);
    return socket;
  }

  private String base() {
    return "https://" + HOST + ":" + port;
  }

  /** What a page's own request would be. */
  private JsonNode post(String path, String authorization) throws Exception {
    try (Socket socket = connect()) {
      socket
          .getOutputStream()
          .write(
              ("POST /lab"
                      + path
                      + " HTTP/1.1\r\nHost: "
                      + HOST
                      + ":"
                      + port
                      + "\r\nOrigin: "
                      + base()
                      + "\r\nAuthorization: "
                      + authorization
                      + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).startsWith("HTTP/1.1 201");
      return Json.read(
          answer.substring(answer.indexOf('{'), answer.lastIndexOf('}') + 1), JsonNode.class);
    }
  }

  private RawWebSocket open(VmId id, String ticket, String origin) throws Exception {
    return RawWebSocket.open(
        connect(),
        HOST + ":" + port,
        "/lab/api/vms/" + id + "/vnc",
        List.of(
            "Origin: " + origin,
            "X-Forwarded-For: 198.51.100.7",
            "Sec-WebSocket-Protocol: binary, visco.ticket." + ticket));
  }

  @ParameterizedTest
  @EnumSource
  void aDesktopIsReachedByTlsUnderAPathOfThePublicUrl(Proxy proxy) throws Exception {
    run(proxy);
    byte[] picture = new byte[1 << 20];
    try (var guest =
        RfbGuest.desktop(
            DesktopsUnderTest.PASSWORD,
            connection -> {
              connection.out.write(picture);
              connection.listen();
            })) {
      VmId id = api.ready(guest);
      JsonNode ticket = post("/api/vms/" + id + "/tickets", "Bearer " + DesktopsUnderTest.TOKEN);
      String secret = ticket.path("ticket").asString();
      assertThat(ticket.path("link").asString())
          .isEqualTo(base() + "/lab/vms/" + id + "/desktop#" + secret);
      String key = post("/api/vms/" + id + "/page-keys", "Ticket " + secret).path("key").asString();
      String own = post("/api/vms/" + id + "/tickets", "Page " + key).path("ticket").asString();
      for (String foreign : List.of("https://" + HOST, "http://" + HOST + ":" + port, "null")) {
        try (var refused = open(id, own, foreign)) {
          assertThat(refused.status()).as(foreign).isEqualTo(403);
        }
      }
      try (var viewer = open(id, own, base())) {
        assertThat(viewer.status()).isEqualTo(101);
        viewer.shakeHands();
        viewer.read(RfbGuest.SERVER_INIT.length + picture.length);
        viewer.binary(KEY);
        Awaitility.await()
            .untilAsserted(
                () -> assertThat(guest.connections().getFirst().received()).isEqualTo(KEY));
        assertThat(viewer.frame().opcode()).isEqualTo(RawWebSocket.PING);
        assertThat(api.desktops.views(id).getFirst().from())
            .as("what the proxy saw, not what it was told")
            .matches("127\\.0\\.0\\.1 via 127\\.0\\.0\\.1:\\d+");
        api.vms.destroy(id);
        assertThat(viewer.closed().code()).isEqualTo(4009);
      }
      assertThat(Files.readString(folder.resolve("access.log"), StandardCharsets.ISO_8859_1))
          .as("no secret in the proxy's log")
          .doesNotContain(secret, own, key);
    }
  }
}
