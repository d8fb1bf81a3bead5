package dev.visco.session;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Opens WebSockets to Visco's API, for the command line and for the daemon's self-check. By the
 * JDK's client: a command that goes into a guest waits for what it loads, which is a third of what
 * Jetty's takes.
 */
public final class WebSocketConnector implements AutoCloseable {
  private final WebSocketLimits limits;
  private final Set<WebSocketStream> opened = ConcurrentHashMap.newKeySet();
  private @Nullable HttpClient client;
  private @Nullable SSLContext trusted;

  /**
   * @param messageBytes maximum length of a received message, in bytes
   * @param write timeout of one write
   */
  public record WebSocketLimits(int messageBytes, Duration write) {}

  /** The server refused the upgrade. */
  public static final class UpgradeRefused extends IOException {
    private static final long serialVersionUID = 1L;
    private final int status;

    private final String body;

    private UpgradeRefused(WebSocketHandshakeException cause) {
      super("the upgrade was answered with " + cause.getResponse().statusCode(), cause);
      this.status = cause.getResponse().statusCode();
      this.body = cause.getResponse().body() instanceof String text ? text : "";
    }

    /** What it answered besides, a problem document as a rule; empty for nothing. */
    public String body() {
      return body;
    }

    /** The HTTP status of its answer. */
    public int status() {
      return status;
    }
  }

  public WebSocketConnector(WebSocketLimits limits) {
    this.limits = limits;
  }

  /** How certificates of wss servers are checked; to be called before the first connection. */
  public synchronized void trust(SSLContext context) {
    trusted = context;
  }

  /** Created on first use. */
  private synchronized HttpClient client() throws IOException {
    HttpClient started = client;
    if (started == null) {
      started =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .proxy(HttpClient.Builder.NO_PROXY)
              .executor(work -> Thread.ofPlatform().name("websocket-client").daemon().start(work))
              .sslContext(trusted == null ? trustsNobody() : trusted)
              .build();
      client = started;
    }
    return started;
  }

  /** For plain WebSockets alone: reading the system's certificates takes a tenth of a second. */
  private static SSLContext trustsNobody() throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[0], new TrustManager[0], null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("the WebSocket client did not start: " + e.getMessage(), e);
    }
  }

  /**
   * Opens a WebSocket.
   *
   * @param max timeout for the server's answer
   * @throws UpgradeRefused when the server answers with anything but an upgrade
   */
  public WebSocketStream connect(
      URI address, Map<String, String> headers, List<String> subProtocols, Duration max)
      throws IOException {
    var stream = new WebSocketStream(limits, opened::remove);
    WebSocket.Builder builder = client().newWebSocketBuilder().connectTimeout(max);
    headers.forEach(builder::header);
    if (!subProtocols.isEmpty()) {
      builder.subprotocols(
          subProtocols.getFirst(),
          subProtocols.subList(1, subProtocols.size()).toArray(String[]::new));
    }
    opened.add(stream);
    CompletableFuture<WebSocket> opening = builder.buildAsync(address, stream);
    try {
      opening.get(max.toNanos(), TimeUnit.NANOSECONDS);
      return stream;
    } catch (ExecutionException e) {
      opened.remove(stream);
      throw failure(e.getCause() == null ? e : e.getCause(), max);
    } catch (TimeoutException e) {
      giveUp(opening, stream);
      throw unanswered(max);
    } catch (InterruptedException e) {
      giveUp(opening, stream);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Whatever comes of it later is closed. */
  private void giveUp(CompletableFuture<WebSocket> opening, WebSocketStream stream) {
    opening.thenAccept(WebSocket::abort);
    boolean isCancelled = opening.cancel(true);
    assert isCancelled || opening.isDone();
    opened.remove(stream);
  }

  private static IOException unanswered(Duration max) {
    return new SocketTimeoutException("no answer in " + max.toMillis() + " ms");
  }

  private static IOException failure(Throwable cause, Duration max) {
    return switch (cause) {
      case WebSocketHandshakeException it -> new UpgradeRefused(it);
      case java.net.http.HttpTimeoutException _ -> unanswered(max);
      case java.net.ConnectException it ->
          new IOException(it.getMessage() == null ? "Connection refused" : it.getMessage(), it);
      default -> new IOException(cause.getMessage(), cause);
    };
  }

  /** Closes all WebSockets that it opened. */
  @Override
  public synchronized void close() {
    List.copyOf(opened).forEach(WebSocketStream::abandon);
    HttpClient started = client;
    client = null;
    if (started != null) {
      started.shutdownNow();
    }
  }
}
