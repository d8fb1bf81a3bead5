package dev.visco.session.ssh;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/**
 * A connected socket that records what the SSH library does not report: whether the peer ever sent
 * anything, and whether the connection has ended.
 */
public final class ConnectedSocket {
  private final Socket socket;
  private volatile boolean anythingRead;
  private volatile boolean ended;
  private volatile boolean isClosed;

  public ConnectedSocket(Socket socket) {
    this.socket = socket;
  }

  public boolean anythingRead() {
    return anythingRead;
  }

  /** Whether the connection has ended: one of the two sides has closed it, or it broke. */
  public boolean ended() {
    return ended || isClosed;
  }

  /**
   * Whether the peer ended the connection while more was expected. A connection that this side has
   * closed does not count.
   */
  public boolean brokeOff() {
    return ended;
  }

  /** Closes it; safe to repeat. */
  public void close() {
    isClosed = true;
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }

  InputStream input() throws IOException {
    return new FilterInputStream(socket.getInputStream()) {
      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        try {
          int count = super.read(buffer, offset, length);
          anythingRead |= count > 0;
          ended |= count < 0;
          return count;
        } catch (IOException e) {
          ended |= !isClosed;
          throw e;
        }
      }
    };
  }

  OutputStream output() throws IOException {
    return socket.getOutputStream();
  }
}
