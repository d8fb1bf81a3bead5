package dev.visco.session;

import com.jcraft.jsch.SocketFactory;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/**
 * Gives the SSH library a socket that is connected already, and knows what the library does not
 * tell: whether the other side ever said anything, and whether it has stopped for good.
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

  /** Whether nothing more can come: one of the two sides has closed, or the connection broke. */
  boolean ended() {
    return ended || socket.isClosed();
  }

  /**
   * Whether the other side went away while something was expected of it; the library closes a
   * connection that was refused by itself.
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
          // The library looks after its own connection by such timeouts; more may come.
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
