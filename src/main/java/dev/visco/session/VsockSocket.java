package dev.visco.session;

import dev.visco.host.BlockInput;
import dev.visco.host.BlockOutput;
import dev.visco.host.HostFault;
import dev.visco.host.OwnedSocket;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A connection to a vsock port of a guest, over its VMM's unix socket: after {@code CONNECT PORT\n}
 * is sent and {@code OK NUMBER\n} received, every byte is the guest's (Firecracker, {@code
 * docs/vsock.md}; QEMU does not have this). It is a {@link Socket} because the SSH library needs
 * one, which Java does not offer over unix sockets. As the library expects, a read that exceeds its
 * timeout throws an exception and may be repeated.
 */
final class VsockSocket extends Socket {
  /** Length of "OK ", a number of 32 bits, and the line's end. */
  private static final int MAX_ANSWER = 32;

  private static final Pattern ANSWER = Pattern.compile("OK \\d{1,10}");

  private final SocketChannel channel;
  private final Selector readable;
  private final Selector writable;
  private volatile int timeoutMillis;

  private VsockSocket(SocketChannel channel) throws IOException {
    this.channel = channel;
    readable = Selector.open();
    writable = Selector.open();
    channel.register(readable, SelectionKey.OP_READ);
    channel.register(writable, SelectionKey.OP_WRITE);
  }

  /**
   * Connects.
   *
   * @param max time limit for connecting
   * @throws IOException when nothing listens, nothing answers in time, or it is refused
   */
  static VsockSocket connect(VsockAddress address, Duration max) throws IOException {
    // connect(2) of a unix socket returns at once, except with a full backlog, for which it would
    // wait: there it fails, since the channel does not block.
    try {
      var socket = new VsockSocket(OwnedSocket.connect(address.socket()));
      try {
        socket.greet(address.port(), System.nanoTime() + max.toNanos());
        return socket;
      } catch (IOException e) {
        socket.close();
        throw e;
      }
    } catch (IOException | HostFault e) {
      throw new IOException("vsock port " + address.port() + ": " + e.getMessage(), e);
    }
  }

  /** None: it is no TCP connection. */
  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return Set.of();
  }

  private void greet(int port, long end) throws IOException {
    write(ByteBuffer.wrap(("CONNECT " + port + "\n").getBytes(StandardCharsets.US_ASCII)));
    var line = new StringBuilder();
    var one = ByteBuffer.allocate(1);
    // One byte at a time: those after the line are the guest's.
    while (true) {
      int count = answered(one.clear(), end, line);
      if (count < 0) {
        throw new EOFException("refused: nobody in the guest listens there");
      }
      char next = (char) (one.get(0) & 0xff);
      if (next == '\n') {
        break;
      }
      line.append(next);
      if (line.length() > MAX_ANSWER) {
        throw new IOException("what answers is no vsock: \"" + line + "\"");
      }
    }
    if (!ANSWER.matcher(line).matches()) {
      throw new IOException("refused: \"" + line + "\"");
    }
  }

  private int answered(ByteBuffer one, long end, CharSequence before) throws IOException {
    try {
      return read(one, Math.max(1, (end - System.nanoTime()) / 1_000_000));
    } catch (SocketTimeoutException e) {
      throw new SocketTimeoutException("no answer in time, only \"" + before + "\"");
    }
  }

  /**
   * @param max timeout in milliseconds, 0 for none
   */
  private int read(ByteBuffer into, long max) throws IOException {
    long end = System.nanoTime() + max * 1_000_000;
    while (true) {
      int count = channel.read(into);
      if (count != 0) {
        return count;
      }
      long left = max == 0 ? 0 : Math.max(1, (end - System.nanoTime()) / 1_000_000);
      await(readable, left);
      if (max != 0 && System.nanoTime() > end) {
        throw new SocketTimeoutException("no byte within " + max + " ms");
      }
    }
  }

  private void write(ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      if (channel.write(from) == 0) {
        await(writable, 0);
      }
    }
  }

  private void await(Selector selector, long millis) throws IOException {
    if (!channel.isOpen() || !selector.isOpen()) {
      throw new ClosedChannelException();
    }
    try {
      selector.select(millis);
      selector.selectedKeys().clear();
    } catch (java.nio.channels.ClosedSelectorException e) {
      throw new ClosedChannelException();
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new IOException("interrupted");
    }
  }

  @Override
  public InputStream getInputStream() {
    return new BlockInput() {

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        return length == 0
            ? 0
            : VsockSocket.this.read(ByteBuffer.wrap(buffer, offset, length), timeoutMillis);
      }
    };
  }

  @Override
  public OutputStream getOutputStream() {
    return new BlockOutput() {

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        VsockSocket.this.write(ByteBuffer.wrap(bytes, offset, length));
      }
    };
  }

  @Override
  public void setSoTimeout(int millis) {
    timeoutMillis = millis;
  }

  @Override
  public int getSoTimeout() {
    return timeoutMillis;
  }

  /** Does nothing: a unix socket has no small packets to delay. */
  @Override
  public void setTcpNoDelay(boolean on) {}

  @Override
  public boolean isConnected() {
    return true;
  }

  @Override
  public boolean isClosed() {
    return !channel.isOpen();
  }

  @Override
  public void close() throws IOException {
    channel.close();
    // A waiting reader is woken, and finds it closed.
    readable.close();
    writable.close();
  }
}
