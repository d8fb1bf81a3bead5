package dev.visco.cli;

import dev.visco.wire.ExecMessage;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.client.ClientUpgradeRequest;
import org.eclipse.jetty.websocket.client.WebSocketClient;
import org.jspecify.annotations.Nullable;

/**
 * Public only because the WebSocket library calls it. The client's end of a command or terminal in
 * a guest; see {@link ExecMessage}.
 */
public final class ExecClient implements Session.Listener, AutoCloseable {
  private final OutputStream out;
  private final OutputStream err;
  private final WebSocketClient client = new WebSocketClient();
  private final CompletableFuture<Integer> ended = new CompletableFuture<>();
  private @Nullable Session session;

  ExecClient(OutputStream out, OutputStream err) {
    this.out = out;
    this.err = err;
  }

  void start(ApiClient api, String id, ExecMessage start) {
    ApiAddress address = api.address();
    try {
      client.setMaxBinaryMessageSize(2 << 20);
      client.setIdleTimeout(java.time.Duration.ofHours(12));
      client.start();
      var request =
          new ClientUpgradeRequest(
              URI.create(
                  "ws://" + address.host() + ":" + address.port() + "/api/vms/" + id + "/exec"));
      request.setHeader("Authorization", "Bearer " + address.token());
      session = client.connect(this, request).get();
      send(start);
    } catch (Exception e) {
      throw ApiException.unreachable(address, e);
    }
  }

  void send(ExecMessage message) throws IOException {
    var sent = new Callback.Completable();
    Objects.requireNonNull(session).sendText(Json.line(message), sent);
    await(sent);
  }

  private static void await(Callback.Completable sent) throws IOException {
    try {
      sent.get();
    } catch (ExecutionException e) {
      throw new IOException("the connection ended", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Sends all of {@code in}; its end too. */
  void pump(InputStream in) {
    byte[] buffer = new byte[1 << 15];
    try {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        var sent = new Callback.Completable();
        Objects.requireNonNull(session).sendBinary(ByteBuffer.wrap(buffer, 0, count), sent);
        await(sent);
      }
      send(ExecMessage.endOfInput());
    } catch (IOException e) {
      // What ran has ended without reading all of it; its exit code says more.
    }
  }

  int exitCode() {
    try {
      return ended.get();
    } catch (ExecutionException e) {
      throw new ApiException(
          e.getCause() == null ? "the connection ended" : e.getCause().getMessage() + "",
          ExitCode.REFUSED);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitCode.FAILED;
    }
  }

  @Override
  public void onWebSocketOpen(Session opened) {
    opened.demand();
    session = opened;
  }

  @Override
  public void onWebSocketText(String text) {
    ExecMessage message = Json.read(text, ExecMessage.class);
    if (message.exit() != null) {
      ended.complete(message.exit());
    } else if (message.error() != null) {
      ended.completeExceptionally(new IOException(message.error()));
    }
    Objects.requireNonNull(session).demand();
  }

  @Override
  public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    callback.succeed();
    try {
      OutputStream to = bytes[0] == ExecMessage.ERROR ? err : out;
      to.write(bytes, 1, bytes.length - 1);
      to.flush();
      Objects.requireNonNull(session).demand();
    } catch (IOException e) {
      ended.completeExceptionally(e);
    }
  }

  @Override
  public void onWebSocketClose(int code, String reason, Callback callback) {
    ended.completeExceptionally(
        new IOException("The connection to the daemon ended (" + code + " " + reason + ")."));
    callback.succeed();
  }

  @Override
  public void onWebSocketError(Throwable cause) {
    ended.completeExceptionally(cause);
  }

  @Override
  public void close() {
    try {
      client.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the WebSocket client did not stop", e);
    }
  }
}
