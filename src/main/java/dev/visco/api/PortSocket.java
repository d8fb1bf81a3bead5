package dev.visco.api;

import dev.visco.api.http.Streams;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.session.GuestConnection;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.wire.Json;
import dev.visco.wire.PortMessage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * One TCP connection into a guest over one WebSocket; see {@link PortMessage} for its frames. The
 * guest's own sshd opens it, so that what listens on the guest's localhost alone is reached too.
 * Each side is read only as fast as the other takes it.
 */
public final class PortSocket implements Session.Listener {
  private static final Duration CONNECT = Duration.ofSeconds(15);
  private static final Duration DIAL = Duration.ofSeconds(10);
  private static final int CHUNK = 64 << 10;

  /** The guest opened no connection, or cannot be reached. */
  static final int NOT_OPENED = 4502;

  /** The request cannot be. */
  static final int REFUSED = 4409;

  private final VmService vms;
  private final VmId id;
  private final int port;
  private final boolean isOperators;
  private final Streams.Registration streams;
  private final CompletableFuture<GuestConnection> guest = new CompletableFuture<>();
  private final CountDownLatch inputEnded = new CountDownLatch(1);
  private volatile @Nullable SocketClient client;
  private volatile @Nullable Thread serving;

  PortSocket(VmService vms, VmId id, int port, boolean isOperators, Streams.Registration streams) {
    this.vms = vms;
    this.id = id;
    this.port = port;
    this.isOperators = isOperators;
    this.streams = streams;
  }

  private SocketClient client() {
    return Objects.requireNonNull(client);
  }

  @Override
  public void onWebSocketOpen(Session opened) {
    opened.setIdleTimeout(Duration.ZERO);
    SocketClient to = new SocketClient(opened, this::end);
    client = to;
    serving = Thread.ofVirtual().name("port " + port + " of " + id).start(this::serve);
    to.watch("client of port " + port + " of " + id);
    // Demanded at once: a client may leave while the guest does not answer.
    to.demand();
  }

  private void serve() {
    try (Streams.Stream stream = streams.open(client()::revoke);
        GuestSession session = vms.session(id, CONNECT);
        GuestConnection connection = session.dial("localhost", port, DIAL)) {
      guest.complete(connection);
      relay(connection);
      client().close(StatusCode.NORMAL, "");
    } catch (GuestUnreachable | IOException | RuntimeException e) {
      client().close(code(e), SocketClient.words(id, "a connection to a port", isOperators, e));
    } finally {
      guest.completeExceptionally(new IOException("there is no connection"));
      end();
    }
  }

  private static int code(Exception e) {
    return switch (e) {
      case Refused _ -> REFUSED;
      case GuestUnreachable _, IOException _ -> NOT_OPENED;
      default -> StatusCode.SERVER_ERROR;
    };
  }

  /** Guest to client until the guest has said all, then until the client has, too. */
  private void relay(GuestConnection connection) throws IOException {
    byte[] bytes = new byte[CHUNK];
    InputStream in = connection.input();
    for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
      client().send(ByteBuffer.wrap(bytes, 0, count));
    }
    client().send(Json.line(PortMessage.endOfInput()));
    try {
      inputEnded.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    callback.succeed();
    try {
      var out = guest.get().output();
      out.write(bytes);
      out.flush();
    } catch (IOException | ExecutionException e) {
      inputEnded.countDown(); // The guest takes no more; what it still says is passed on.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    client().demand(); // Only now: the guest has taken it.
  }

  @Override
  public void onWebSocketText(String text) {
    try {
      if (Boolean.TRUE.equals(Json.read(text, PortMessage.class).eof())) {
        guest.get().output().close();
        inputEnded.countDown();
      }
    } catch (JacksonException e) {
      client().close(REFUSED, "A text frame is {\"eof\":true} or nothing.");
      end();
    } catch (IOException | ExecutionException e) {
      inputEnded.countDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    client().demand();
  }

  @Override
  public void onWebSocketClose(int code, String reason, Callback callback) {
    end();
    callback.succeed();
  }

  @Override
  public void onWebSocketError(Throwable cause) {
    end();
  }

  /** Ends the connection to the guest, by which the serving thread ends. */
  private void end() {
    client().end();
    inputEnded.countDown();
    guest.thenAccept(GuestConnection::close);
    Thread thread = serving;
    if (thread != null && !guest.isDone()) {
      thread.interrupt(); // It may be waiting for a guest that does not answer.
    }
  }
}
