package dev.visco.session.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.sshd.common.io.AbstractIoWriteFuture;
import org.apache.sshd.common.io.IoHandler;
import org.apache.sshd.common.io.IoService;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.common.util.closeable.AbstractCloseable;
import org.jspecify.annotations.Nullable;

/**
 * The library's view of a connected socket: a thread that reads, and one that writes what was
 * queued, so that the reading thread never waits for the peer to read. Who sends for a caller waits
 * for room ({@link ConnectedSocket#awaitRoom}); a peer that makes the queue grow all the same, by
 * requests whose replies it does not read, loses its connection.
 */
final class SocketLink extends AbstractCloseable implements IoSession {
  private static final int READ_BYTES = 32 << 10;
  private static final AtomicLong IDS = new AtomicLong();

  private final long id = IDS.incrementAndGet();
  private final Map<Object, Object> attributes = new ConcurrentHashMap<>();
  private final LinkedBlockingQueue<Write> writes = new LinkedBlockingQueue<>();
  private final SocketConnector connector;
  private final IoHandler handler;
  private final ConnectedSocket socket;
  private final SocketAddress peer;

  SocketLink(
      SocketConnector connector, IoHandler handler, ConnectedSocket socket, SocketAddress peer) {
    this.connector = connector;
    this.handler = handler;
    this.socket = socket;
    this.peer = peer;
  }

  /** Bytes to be written, in an array that the library leaves alone until they are. */
  private static final class Write extends AbstractIoWriteFuture {
    private final Buffer buffer;

    Write(Object id, Buffer buffer) {
      super(id, null);
      this.buffer = buffer;
    }

    void done() {
      setValue(Boolean.TRUE);
    }

    void failed(Throwable why) {
      setValue(why);
    }
  }

  /** Begins to read and to write; to be called once the handler knows of it. */
  void start() {
    Thread.ofPlatform().daemon().name("ssh reads from " + peer).start(this::read);
    Thread.ofPlatform().daemon().name("ssh writes to " + peer).start(this::write);
  }

  private void read() {
    try {
      InputStream in = socket.input();
      byte[] bytes = new byte[READ_BYTES];
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        handler.messageReceived(this, new ByteArrayBuffer(bytes, 0, count));
      }
      close(true);
    } catch (Exception | Error e) {
      broke(e);
    }
  }

  private void write() {
    @Nullable Write next = null;
    try {
      OutputStream out = socket.output();
      while (true) {
        next = writes.take();
        Buffer buffer = next.buffer;
        int bytes = buffer.available();
        out.write(buffer.array(), buffer.rpos(), bytes);
        socket.sent(bytes);
        next.done();
      }
    } catch (IOException e) {
      if (next != null) {
        next.failed(e);
      }
      broke(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      abandon();
    }
  }

  private void broke(Throwable why) {
    if (!isClosing()) {
      try {
        handler.exceptionCaught(this, why);
      } catch (Exception e) {
        log.debug("the handler of {} failed", this, e);
      }
    }
    close(true);
  }

  @Override
  public IoWriteFuture writeBuffer(Buffer buffer) {
    var write = new Write(peer, buffer);
    if (isClosing()) {
      write.failed(new ClosedChannelException());
      return write;
    }
    if (socket.queue(buffer.available())) {
      write.failed(new IOException("the guest does not read what it asked for"));
      Thread.ofVirtual().start(() -> close(true)); // The caller may hold the library's locks.
      return write;
    }
    writes.add(write);
    if (isClosing()) {
      abandon(); // The writing thread may have ended meanwhile.
    }
    return write;
  }

  private void abandon() {
    for (Write left = writes.poll(); left != null; left = writes.poll()) {
      left.failed(new ClosedChannelException());
    }
  }

  @Override
  protected void doCloseImmediately() {
    socket.close();
    connector.ended(this);
    super.doCloseImmediately();
    // Wakes the writing thread, which finds the socket closed.
    writes.add(new Write(peer, new ByteArrayBuffer(new byte[0])));
    try {
      handler.sessionClosed(this);
    } catch (Exception e) {
      log.debug("the handler of {} failed", this, e);
    }
    attributes.clear();
  }

  @Override
  public long getId() {
    return id;
  }

  @Override
  public @Nullable Object getAttribute(Object key) {
    return attributes.get(key);
  }

  @Override
  public @Nullable Object setAttribute(Object key, Object value) {
    return attributes.put(key, value);
  }

  @Override
  public @Nullable Object setAttributeIfAbsent(Object key, Object value) {
    return attributes.putIfAbsent(key, value);
  }

  @Override
  public @Nullable Object removeAttribute(Object key) {
    return attributes.remove(key);
  }

  @Override
  public SocketAddress getRemoteAddress() {
    return peer;
  }

  @Override
  public SocketAddress getLocalAddress() {
    return peer;
  }

  @Override
  public @Nullable SocketAddress getAcceptanceAddress() {
    return null;
  }

  @Override
  public IoService getService() {
    return connector;
  }

  /** Only a server that forwards connections of its own asks for it. */
  @Override
  public void shutdownOutputStream() {}

  /** As above. */
  @Override
  public void suspendRead() {}

  /** As above. */
  @Override
  public void resumeRead() {}

  @Override
  public String toString() {
    return "ssh to " + peer;
  }
}
