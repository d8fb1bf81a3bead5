package dev.visco.session;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.exceptions.UpgradeException;
import org.eclipse.jetty.websocket.client.ClientUpgradeRequest;
import org.eclipse.jetty.websocket.client.WebSocketClient;
import org.jspecify.annotations.Nullable;

/** Opens WebSockets to Visco's API, for the command line and for the daemon's self-check. */
public final class WebSocketConnector implements AutoCloseable {
  private final WebSocketLimits limits;
  private @Nullable WebSocketClient client;
  private @Nullable SSLContext trusted;

  /**
   * @param messageBytes maximum length of a received message, in bytes
   * @param idle idle timeout; zero for none
   * @param write timeout of one write
   */
  public record WebSocketLimits(int messageBytes, Duration idle, Duration write) {}

  /** The server refused the upgrade. */
  public static final class UpgradeRefused extends IOException {
    private static final long serialVersionUID = 1L;
    private final int status;

    private UpgradeRefused(int status, Throwable cause) {
      super("the upgrade was answered with " + status, cause);
      this.status = status;
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

  /** What checks certificates and the names in them. */
  private static HttpClient over(SSLContext context) {
    var factory = new SslContextFactory.Client();
    factory.setSslContext(context);
    var connector = new ClientConnector();
    connector.setSslContextFactory(factory);
    return new HttpClient(new HttpClientTransportOverHTTP(connector));
  }

  /** Created on first use. */
  private synchronized WebSocketClient client() throws IOException {
    WebSocketClient started = client;
    if (started == null) {
      started = trusted == null ? new WebSocketClient() : new WebSocketClient(over(trusted));
      var threads = new QueuedThreadPool(8, 1);
      threads.setName("websocket-client");
      threads.setDaemon(true);
      started.getHttpClient().setExecutor(threads);
      started.setMaxBinaryMessageSize(limits.messageBytes());
      started.setMaxTextMessageSize(limits.messageBytes());
      started.setIdleTimeout(limits.idle());
      try {
        started.start();
      } catch (Exception e) {
        throw new IOException("the WebSocket client did not start: " + e.getMessage(), e);
      }
      client = started;
    }
    return started;
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
    var stream = new WebSocketStream(limits.write());
    var request = new ClientUpgradeRequest(address);
    headers.forEach(request::setHeader);
    request.setSubProtocols(subProtocols);
    Future<Session> opening = client().connect(stream, request);
    try {
      opening.get(max.toNanos(), TimeUnit.NANOSECONDS);
      return stream;
    } catch (ExecutionException e) {
      throw failure(e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      cancel(opening);
      throw new SocketTimeoutException("no answer in " + max.toMillis() + " ms");
    } catch (InterruptedException e) {
      cancel(opening);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static void cancel(Future<Session> opening) {
    boolean isCancelled = opening.cancel(true);
    assert isCancelled || opening.isDone();
  }

  private static IOException failure(Throwable cause) {
    return cause instanceof UpgradeException upgrade && upgrade.getResponseStatusCode() > 0
        ? new UpgradeRefused(upgrade.getResponseStatusCode(), cause)
        : new IOException(cause.getMessage(), cause);
  }

  /** Closes all WebSockets that it opened. */
  @Override
  public synchronized void close() {
    WebSocketClient started = client;
    client = null;
    if (started == null) {
      return;
    }
    boolean isInterrupted =
        Thread.interrupted(); // An interrupt would keep the client from stopping.
    try {
      started.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the WebSocket client did not stop", e);
    } finally {
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
