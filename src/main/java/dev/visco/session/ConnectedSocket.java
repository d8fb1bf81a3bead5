package dev.visco.session;

import com.jcraft.jsch.SocketFactory;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/**
 * Gives the SSH library a socket that is connected already, and knows whether the other side ever
 * said anything.
 */
final class ConnectedSocket implements SocketFactory {
  private final Socket socket;
  private volatile boolean anythingRead;

  ConnectedSocket(Socket socket) {
    this.socket = socket;
  }

  boolean anythingRead() {
    return anythingRead;
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
        int one = super.read();
        anythingRead |= one >= 0;
        return one;
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = super.read(buffer, offset, length);
        anythingRead |= count > 0;
        return count;
      }
    };
  }

  @Override
  public OutputStream getOutputStream(Socket of) throws IOException {
    return of.getOutputStream();
  }
}
