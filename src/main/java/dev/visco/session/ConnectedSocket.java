package dev.visco.session;

import com.jcraft.jsch.SocketFactory;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/**
 * Gives the SSH library a connected socket, and records what the library does not report: whether
 * the guest ever sent anything, and whether the connection has ended.
 */
final class ConnectedSocket implements SocketFactory {
  private final Socket socket;
  private volatile boolean anythingRead;
  private volatile boolean ended;

  ConnectedSocket(Socket socket) {
    this.socket = socket;
  }

  boolean anythingRead() {
    return anythingRead;
  }

  /** Whether the connection has ended: one of the two sides has closed it, or it broke. */
  boolean ended() {
    return ended || socket.isClosed();
  }

  /**
   * Whether the guest ended the connection while more was expected. A connection that the library
   * has closed because the guest refused the sign-in does not count.
   */
  boolean brokeOff() {
    return ended;
  }

  void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }

  @Override
  public Socket createSocket(String host, int port) {
    return socket;
  }

  @Override
  public InputStream getInputStream(Socket of) throws IOException {
    return new FilterInputStream(of.getInputStream()) {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        try {
          int count = super.read(buffer, offset, length);
          anythingRead |= count > 0;
          ended |= count < 0;
          return count;
        } catch (java.net.SocketTimeoutException e) {
          // The library polls the connection with such timeouts; more may come.
          throw e;
        } catch (IOException e) {
          ended = true;
          throw e;
        }
      }
    };
  }

  @Override
  public OutputStream getOutputStream(Socket of) throws IOException {
    return of.getOutputStream();
  }
}
