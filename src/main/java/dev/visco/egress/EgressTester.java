package dev.visco.egress;

import dev.visco.model.EgressPolicy;
import dev.visco.model.GuestText;
import dev.visco.model.Refused;
import dev.visco.relay.ConnectionRefusal;
import dev.visco.relay.Dialer;
import dev.visco.relay.OpenSockets;
import dev.visco.wire.EgressTestDocument;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** Asks for a page by a policy, and tells what came. */
final class EgressTester {
  private static final int PATIENCE_MILLIS = 10_000;
  private static final int MAX_BYTES = 16_384;
  private static final int MAX_BODY = 2000;
  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  private EgressTester() {}

  /** Of a page that was asked for. */
  private record Page(int status, String body, InetAddress source) {}

  static EgressTestDocument test(EgressPolicy policy, Dialer dialer, String url) {
    URI uri = uri(url);
    String proxy = policy.proxy() == null ? null : policy.proxy().url();
    try (var sockets = new OpenSockets()) {
      Page page = page(dialer, sockets, uri);
      String source = page.source().getHostAddress();
      return new EgressTestDocument(
          policy.way(), proxy, source, url, page.status(), page.body(), null, null);
    } catch (ConnectionRefusal e) {
      return failed(policy, proxy, url, e.rule(), String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return failed(policy, proxy, url, null, "the server's answer: " + e.getMessage());
    }
  }

  private static EgressTestDocument failed(
      EgressPolicy policy, @Nullable String proxy, String url, @Nullable String rule, String why) {
    String text = GuestText.line(why).toString();
    return new EgressTestDocument(policy.way(), proxy, null, url, null, null, rule, text);
  }

  private static URI uri(String url) {
    return Optional.of(url)
        .flatMap(EgressTester::parsed)
        .filter(uri -> uri.getHost() != null && uri.getUserInfo() == null)
        .filter(uri -> "http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
        .filter(uri -> url.length() <= 2000 && url.chars().allMatch(one -> one > ' ' && one < 127))
        .orElseThrow(() ->
            Refused.invalid(
                "url",
                url,
                "cannot be asked for",
                "Give one like http://example.com/; a page that answers with its caller's address"
                    + " tells what the outside sees."));
  }

  private static Optional<URI> parsed(String url) {
    try {
      return Optional.of(URI.create(url));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Page page(Dialer dialer, OpenSockets sockets, URI uri)
      throws ConnectionRefusal, IOException {
    boolean isTls = "https".equals(uri.getScheme());
    int port = uri.getPort() > 0 ? uri.getPort() : isTls ? HTTPS : HTTP;
    Socket plain = dialer.dial(sockets, uri.getHost().toLowerCase(Locale.ROOT), port);
    plain.setSoTimeout(PATIENCE_MILLIS);
    try (Socket socket = isTls ? tls(plain, uri.getHost(), port) : plain) {
      String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
      String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
      String host = uri.getPort() > 0 ? uri.getHost() + ":" + port : uri.getHost();
      String request =
          "GET %s%s HTTP/1.0\r\nHost: %s\r\nUser-Agent: visco-egress-test\r\nAccept: */*\r\n\r\n"
              .formatted(path, query, host);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      byte[] answer = socket.getInputStream().readNBytes(MAX_BYTES);
      return read(answer, plain.getLocalAddress());
    }
  }

  private static SSLSocket tls(Socket plain, String host, int port) throws IOException {
    var factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    var socket = (SSLSocket) factory.createSocket(plain, host, port, true);
    var parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    return socket;
  }

  private static Page read(byte[] answer, InetAddress source) throws IOException {
    String head = new String(answer, 0, Math.min(answer.length, 12), StandardCharsets.US_ASCII);
    if (!head.matches("HTTP/1\\.[01] \\d{3}")) {
      throw new IOException("it is no HTTP");
    }
    int body = body(answer);
    return new Page(
        Integer.parseInt(head.substring(9)),
        GuestText.lines(
                new String(Arrays.copyOfRange(answer, body, answer.length), StandardCharsets.UTF_8),
                MAX_BODY)
            .toString()
            .strip(),
        source);
  }

  private static int body(byte[] answer) {
    String text = new String(answer, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    int bare = text.indexOf("\n\n");
    return end >= 0 ? end + 4 : bare >= 0 ? bare + 2 : answer.length;
  }
}
