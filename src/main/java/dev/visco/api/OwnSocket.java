package dev.visco.api;

import dev.visco.host.HostFault;
import dev.visco.model.VmId;
import dev.visco.session.rfb.RfbStream;
import dev.visco.wire.TicketDocument;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.eclipse.jetty.websocket.api.exceptions.UpgradeException;
import org.eclipse.jetty.websocket.client.ClientUpgradeRequest;
import org.eclipse.jetty.websocket.client.WebSocketClient;
import org.jspecify.annotations.Nullable;

/** The daemon's own end of WebSockets to its own API. */
final class OwnSocket implements AutoCloseable {
  /** A desktop's frame may be sent as one; no screen that we look at is larger. */
  private static final int MAX_FRAME = 64 << 20;

  private final String host;
  private final int port;
  private @Nullable WebSocketClient client;

  OwnSocket(String host, int port) {
    this.host = host.equals("0.0.0.0") || host.equals("::") ? "127.0.0.1" : host;
    this.port = port;
  }

  /** Made at the first look: most daemons on a host without desktops never need it. */
  private synchronized WebSocketClient client() throws Exception {
    WebSocketClient made = client;
    if (made == null) {
      made = new WebSocketClient();
      var threads = new QueuedThreadPool(8, 1);
      threads.setName("own-desktop");
      threads.setDaemon(true);
      made.getHttpClient().setExecutor(threads);
      made.setMaxBinaryMessageSize(MAX_FRAME);
      made.setIdleTimeout(Duration.ofMinutes(2));
      made.start();
      client = made;
    }
    return made;
  }

  /** Opens the VM's desktop; what fails is in the connection's status and failure. */
  Connection connect(VmId id, String ticket, Duration max) {
    var connection = new Connection();
    String name = host.contains(":") ? "[" + host + "]" : host;
    Future<Session> opened = null;
    try {
      var request =
          new ClientUpgradeRequest(
              URI.create("ws://" + name + ":" + port + "/api/vms/" + id + "/vnc"));
      request.setSubProtocols(TicketDocument.subProtocols(ticket));
      opened = client().connect(connection, request);
      connection.session = opened.get(max.toMillis(), TimeUnit.MILLISECONDS);
      connection.status = 101;
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      connection.status = cause instanceof UpgradeException it ? it.getResponseStatusCode() : 0;
      connection.failure =
          connection.status > 0
              ? "the upgrade through Visco was answered with " + connection.status
              : "Visco's own WebSocket: " + cause.getMessage();
    } catch (TimeoutException e) {
      connection.failure = "Visco's own WebSocket did not answer in time";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      connection.failure = "interrupted";
    } catch (Exception e) {
      connection.failure = "Visco's own WebSocket: " + HostFault.words(e);
    }
    if (connection.session == null && opened != null) {
      boolean isCancelled = opened.cancel(true);
      assert isCancelled || opened.isDone();
    }
    return connection;
  }

  @Override
  public synchronized void close() {
    WebSocketClient made = client;
    client = null;
    if (made != null) {
      try {
        made.stop();
      } catch (Exception e) {
        throw new IllegalStateException("the WebSocket client did not stop", e);
      }
    }
  }

  /** One WebSocket, its binary frames as one stream; public only because the library calls it. */
  public static final class Connection implements Session.Listener, RfbStream, AutoCloseable {
    private static final byte[] END = new byte[0];

    /** One frame at a time: the next is asked for when this one is taken. */
    private final BlockingQueue<byte[]> frames = new LinkedBlockingQueue<>();

    private volatile int status;
    private volatile @Nullable Session session;
    private volatile @Nullable String failure;
    private byte[] frame = END;
    private int position;

    private Connection() {}

    /** What the upgrade was answered with; 101 for one that succeeded, 0 for no answer. */
    int status() {
      return status;
    }

    /** Why there is no connection, or what it was closed with; null for one that is well. */
    @Nullable String failure() {
      return failure;
    }

    @Override
    public void onWebSocketOpen(Session opened) {
      session = opened;
      opened.demand();
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
      byte[] bytes = new byte[payload.remaining()];
      payload.get(bytes);
      callback.succeed();
      if (bytes.length > 0) {
        frames.add(bytes);
      } else {
        demand();
      }
    }

    private void demand() {
      Session opened = session;
      if (opened != null && opened.isOpen()) {
        opened.demand();
      }
    }

    @Override
    public void onWebSocketClose(int code, @Nullable String reason, Callback callback) {
      if (failure == null) {
        failure =
            "Visco closed the connection ("
                + code
                + (reason == null || reason.isEmpty() ? ")" : ": " + reason + ")");
      }
      frames.add(END);
      callback.succeed();
    }

    @Override
    public void onWebSocketError(Throwable cause) {
      if (failure == null) {
        failure = "the WebSocket broke: " + cause.getMessage();
      }
      frames.add(END);
    }

    @Override
    public int read(byte[] buffer, int offset, int length, Duration max) throws IOException {
      if (position == frame.length) {
        byte[] next = next(max);
        if (next.length == 0) {
          frames.add(END); // For whoever reads once more.
          return -1;
        }
        frame = next;
        position = 0;
        demand();
      }
      int count = Math.min(length, frame.length - position);
      System.arraycopy(frame, position, buffer, offset, count);
      position += count;
      return count;
    }

    private byte[] next(Duration max) throws IOException {
      try {
        byte[] next = frames.poll(max.toNanos(), TimeUnit.NANOSECONDS);
        if (next == null) {
          throw new SocketTimeoutException("no frame came");
        }
        return next;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }

    @Override
    public void write(byte[] bytes) throws IOException {
      Session opened = session;
      if (opened == null) {
        throw new IOException("there is no connection");
      }
      var sent = new Callback.Completable();
      opened.sendBinary(ByteBuffer.wrap(bytes), sent);
      try {
        sent.get(5, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        throw new IOException("the WebSocket takes nothing more", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }

    @Override
    public void close() {
      Session opened = session;
      if (opened != null && opened.isOpen()) {
        opened.close(StatusCode.NORMAL, "", Callback.NOOP);
      }
    }
  }
}
