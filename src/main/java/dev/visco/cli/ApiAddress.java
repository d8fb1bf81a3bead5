package dev.visco.cli;

import dev.visco.model.Refused;
import dev.visco.session.WebSocketConnector;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a daemon's API is, and the token that opens it.
 *
 * @param path in front of the API's own paths, as a reverse proxy may want it; empty for none
 * @param tls how an https server is known; null for plain http
 */
public record ApiAddress(
    String host, int port, String path, String token, @Nullable ServerTrust tls) {
  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  /** By plain HTTP. */
  public ApiAddress(String host, int port, String token) {
    this(host, port, "", token, null);
  }

  /**
   * What a URL like {@code https://visco.example.com/lab} names.
   *
   * @param setting where the URL was given, for refusals
   * @param ca a file with the certificates that the server's is checked against; null for those of
   *     the Java runtime
   */
  public static ApiAddress of(String setting, String url, String token, @Nullable Path ca) {
    URI uri = uri(url);
    boolean isTls = uri != null && "https".equalsIgnoreCase(uri.getScheme());
    if (uri == null
        || uri.getHost() == null
        || uri.getRawQuery() != null
        || uri.getRawUserInfo() != null
        || !(isTls || "http".equalsIgnoreCase(uri.getScheme()))) {
      throw Refused.invalid(
          setting,
          url,
          "is no URL of a daemon",
          "Give one like https://visco.example.com, or http://127.0.0.1:3000.");
    }
    int port = uri.getPort() > 0 ? uri.getPort() : isTls ? HTTPS : HTTP;
    return new ApiAddress(
        uri.getHost(),
        port,
        uri.getRawPath().replaceFirst("/+$", ""),
        token,
        isTls ? ServerTrust.inSigners(ca) : null);
  }

  private static @Nullable URI uri(String url) {
    try {
      return new URI(url);
    } catch (URISyntaxException e) {
      return null;
    }
  }

  /** A connection to it; with TLS its certificate is checked. */
  Socket connect(int millis) throws IOException {
    var plain = new Socket();
    try {
      plain.connect(new InetSocketAddress(host, port), millis);
      return tls == null ? plain : tls.over(plain, host, port);
    } catch (IOException e) {
      plain.close();
      throw e;
    }
  }

  /** The URL of one of its WebSockets, whose certificate {@code connector} then checks. */
  URI webSocket(String apiPath, WebSocketConnector connector) {
    if (tls != null) {
      connector.trust(tls.context());
    }
    return URI.create((tls == null ? "ws://" : "wss://") + authority() + path + apiPath);
  }

  /** Whether the daemon is this host's. */
  boolean isHere() {
    return tls == null ? host.startsWith("127.") || host.equals("localhost") : tls.isExact();
  }

  /** Host and port. */
  String authority() {
    return host + ":" + port;
  }

  /** Never the token. */
  @Override
  public String toString() {
    return (tls == null ? "http://" : "https://") + authority() + path;
  }
}
