package dev.visco.api;

import dev.visco.api.http.Streams;
import dev.visco.commands.RemedyCommands;
import dev.visco.host.HostFault;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * One TCP connection into a guest over one WebSocket; see {@link PortMessage} for its frames. The
 * guest's own sshd opens it, so that what listens on the guest's localhost alone is reached too.
 * Each side is read only as fast as the other takes it.
 */
public final class PortSocket implements Session.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(PortSocket.class);
  private static final Duration CONNECT = Duration.ofSeconds(15);
  private static final Duration DIAL = Duration.ofSeconds(10);
  private static final Duration PING = Duration.ofSeconds(15);
  private static final int CHUNK = 64 << 10;

  /** The guest opened no connection, or cannot be reached. */
  static final int NOT_OPENED = 4502;

  /** The request cannot be. */
  static final int REFUSED = 4409;

  private static final int FAULT = 1011;

  private final VmService vms;
  private final VmId id;
  private final int port;
  private final boolean isOperators;
  private final Streams.Registration streams;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicBoolean isPinging = new AtomicBoolean();
  private final CompletableFuture<GuestConnection> guest = new CompletableFuture<>();
  private final CountDownLatch inputEnded = new CountDownLatch(1);
  private volatile @Nullable Session socket;
  private volatile @Nullable Thread serving;

  PortSocket(VmService vms, VmId id, int port, boolean isOperators, Streams.Registration streams) {
    this.vms = vms;
    this.id = id;
    this.port = port;
    this.isOperators = isOperators;
    this.streams = streams;
  }

  private Session socket() {
    return Objects.requireNonNull(socket);
  }

  @Override
  public void onWebSocketOpen(Session opened) {
    socket = opened;
    opened.setIdleTimeout(Duration.ZERO);
    serving = Thread.ofVirtual().name("port " + port + " of " + id).start(this::serve);
    Thread.ofVirtual().name("client of port " + port + " of " + id).start(this::ping);
    // Demanded at once: a client may leave while the guest does not answer.
    opened.demand();
  }

  private void serve() {
    try (Streams.Stream stream = streams.open(this::revoked);
        GuestSession session = vms.session(id, CONNECT);
        GuestConnection connection = session.dial("localhost", port, DIAL)) {
      guest.complete(connection);
      relay(connection);
      close(StatusCode.NORMAL, "");
    } catch (Refused e) {
      close(REFUSED, RemedyCommands.message(e));
    } catch (GuestUnreachable | IOException e) {
      close(NOT_OPENED, e.getMessage() + "");
    } catch (HostFault e) {
      LOG.warn("{}: its port {} cannot be reached", id, port, e);
      close(FAULT, isOperators ? e.getMessage() + "" : "Something failed; the daemon's log tells.");
    } catch (RuntimeException e) {
      LOG.error("{}: a connection to its port {} failed", id, port, e);
      close(FAULT, "Something failed that should have worked; the daemon's log tells more.");
    } finally {
      guest.completeExceptionally(new IOException("there is no connection"));
      end();
    }
  }

  /** Guest to client until the guest has said all, then until the client has, too. */
  private void relay(GuestConnection connection) throws IOException {
    byte[] bytes = new byte[CHUNK];
    InputStream in = connection.input();
    for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
      var sent = new Callback.Completable();
      socket().sendBinary(ByteBuffer.wrap(bytes, 0, count), sent);
      await(sent);
    }
    var sent = new Callback.Completable();
    socket().sendText(Json.line(PortMessage.endOfInput()), sent);
    await(sent);
    try {
      inputEnded.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void await(Callback.Completable sent) throws IOException {
    try {
      sent.get();
    } catch (ExecutionException e) {
      throw new IOException("the client has gone", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
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
    // Only now: a guest that does not read slows the client and does not fill memory.
    socket().demand();
  }

  @Override
  public void onWebSocketText(String text) {
    try {
      if (Boolean.TRUE.equals(Json.read(text, PortMessage.class).eof())) {
        guest.get().output().close();
        inputEnded.countDown();
      }
    } catch (JacksonException e) {
      close(REFUSED, "A text frame is {\"eof\":true} or nothing.");
      end();
    } catch (IOException | ExecutionException e) {
      inputEnded.countDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    socket().demand();
  }

  private void ping() {
    try {
      while (!ended.await(PING.toMillis(), TimeUnit.MILLISECONDS)) {
        if (isPinging.compareAndSet(false, true)) {
          socket()
              .sendPing(
                  ByteBuffer.allocate(0),
                  Callback.from(() -> isPinging.set(false), failure -> end()));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void revoked() {
    close(StatusCode.POLICY_VIOLATION, "the token was revoked or has expired");
    end();
  }

  /** A reason may have 123 bytes (RFC 6455, section 5.5). */
  private void close(int code, String reason) {
    String ascii = reason.replaceAll("[^ -~]", "?");
    socket()
        .close(code, ascii.length() > 120 ? ascii.substring(0, 117) + "..." : ascii, Callback.NOOP);
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
    ended.countDown();
    inputEnded.countDown();
    guest.thenAccept(GuestConnection::close);
    Thread thread = serving;
    if (thread != null && !guest.isDone()) {
      thread.interrupt(); // It may be waiting for a guest that does not answer.
    }
  }
}
