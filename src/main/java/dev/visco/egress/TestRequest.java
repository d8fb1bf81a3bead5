package dev.visco.egress;

import dev.visco.model.GuestText;
import dev.visco.model.Refused;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** A request for a page by HTTP or HTTPS, over a connection that is open already. */
record TestRequest(URI uri) {
  private static final int MAX_BYTES = 16_384;
  private static final int MAX_BODY = 2000;
  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  /**
   * A page that came.
   *
   * @param body the beginning of its text
   */
  record Page(int status, String body) {}

  /** Refused for what is no address of a page. */
  static TestRequest of(String url) {
    return Optional.of(url)
        .flatMap(TestRequest::parsed)
        .filter(uri -> uri.getHost() != null && uri.getUserInfo() == null)
        .filter(uri -> "http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
        .filter(uri -> url.length() <= 2000 && url.chars().allMatch(one -> one > ' ' && one < 127))
        .map(TestRequest::new)
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

  private boolean isTls() {
    return "https".equals(uri.getScheme());
  }

  String host() {
    return uri.getHost().toLowerCase(Locale.ROOT);
  }

  int port() {
    return uri.getPort() > 0 ? uri.getPort() : isTls() ? HTTPS : HTTP;
  }

  /** Asks for it, and closes the connection. */
  Page ask(Socket plain) throws IOException {
    try (Socket socket = isTls() ? tls(plain) : plain) {
      String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
      String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
      String host = uri.getPort() > 0 ? uri.getHost() + ":" + port() : uri.getHost();
      String request =
          "GET %s%s HTTP/1.0\r\nHost: %s\r\nUser-Agent: visco-egress-test\r\nAccept: */*\r\n\r\n"
              .formatted(path, query, host);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      return read(socket.getInputStream().readNBytes(MAX_BYTES));
    }
  }

  private SSLSocket tls(Socket plain) throws IOException {
    var factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    var socket = (SSLSocket) factory.createSocket(plain, uri.getHost(), port(), true);
    var parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    return socket;
  }

  private static Page read(byte[] answer) throws IOException {
    String head = new String(answer, 0, Math.min(answer.length, 12), StandardCharsets.US_ASCII);
    if (!head.matches("HTTP/1\\.[01] \\d{3}")) {
      throw new IOException(answer.length == 0 ? "there is none" : "it is no HTTP");
    }
    int body = body(answer);
    return new Page(
        Integer.parseInt(head.substring(9)),
        GuestText.lines(
                new String(Arrays.copyOfRange(answer, body, answer.length), StandardCharsets.UTF_8),
                MAX_BODY)
            .toString()
            .strip());
  }

  private static int body(byte[] answer) {
    String text = new String(answer, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    int bare = text.indexOf("\n\n");
    return end >= 0 ? end + 4 : bare >= 0 ? bare + 2 : answer.length;
  }
}
