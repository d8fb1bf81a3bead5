package dev.visco.cli;

import dev.visco.wire.TicketDocument;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.client.ClientUpgradeRequest;
import org.eclipse.jetty.websocket.client.WebSocketClient;
import org.jspecify.annotations.Nullable;

/** The client's end of desktops' WebSockets, for viewers that speak plain RFB. */
final class VncClient implements AutoCloseable {
  private static final int CHUNK = 1 << 15;
  private final URI uri;
  private final WebSocketClient client = new WebSocketClient();

  VncClient(ApiClient api, String id) {
    ApiAddress address = api.address();
    this.uri =
        URI.create("ws://" + address.host() + ":" + address.port() + "/api/vms/" + id + "/vnc");
    client.setMaxBinaryMessageSize(1 << 17);
    client.setIdleTimeout(Duration.ZERO);
    try {
      client.start();
    } catch (Exception e) {
      throw new IllegalStateException("the WebSocket client did not start", e);
    }
  }

  /**
   * Joins a viewer to the desktop until one of them ends.
   *
   * @return why the daemon ended it, empty when the viewer has
   */
  String relay(SocketChannel viewer, String ticket) throws IOException {
    var ends = new Ends(viewer);
    Session session = connect(ends, ticket);
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
    try {
      while (viewer.read(chunk.clear()) >= 0) {
        var sent = new Callback.Completable();
        session.sendBinary(chunk.flip(), sent);
        // Read on only now: a daemon that is slow holds up the viewer, not our memory.
        sent.get();
      }
    } catch (IOException e) {
      // One of them has gone; the daemon's close says more.
    } catch (ExecutionException e) {
      return ends.reason();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      session.close(1000, "the viewer has gone", Callback.NOOP);
    }
    return ends.reason();
  }

  private Session connect(Ends ends, String ticket) throws IOException {
    var request = new ClientUpgradeRequest(uri);
    request.setSubProtocols(TicketDocument.subProtocols(ticket));
    try {
      return client.connect(ends, request).get();
    } catch (ExecutionException e) {
      throw new IOException("the daemon did not let it in: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() {
    boolean isInterrupted = Thread.interrupted(); // It would break off the client's own end.
    try {
      client.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the WebSocket client did not stop", e);
    } finally {
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Public only because the WebSocket library calls it. What comes from the desktop goes to the
   * viewer.
   */
  public static final class Ends implements Session.Listener {
    private final SocketChannel viewer;
    private final CompletableFuture<String> reason = new CompletableFuture<>();
    private volatile @Nullable Session session;

    Ends(SocketChannel viewer) {
      this.viewer = viewer;
    }

    String reason() {
      return reason.getNow("");
    }

    @Override
    public void onWebSocketOpen(Session opened) {
      session = opened;
      opened.demand();
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
      try {
        while (payload.hasRemaining()) {
          viewer.write(payload);
        }
        callback.succeed();
        Objects.requireNonNull(session).demand();
      } catch (IOException e) {
        callback.fail(e);
        closeViewer();
      }
    }

    @Override
    public void onWebSocketClose(int code, String text, Callback callback) {
      reason.complete(code == 1000 ? "" : text + " (" + code + ")");
      closeViewer();
      callback.succeed();
    }

    @Override
    public void onWebSocketError(Throwable cause) {
      reason.complete(cause.getMessage() + "");
      closeViewer();
    }

    private void closeViewer() {
      try {
        viewer.close();
      } catch (IOException e) {
        // It is gone either way.
      }
    }
  }
}
