package dev.visco.session.rfb;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** The connection of an RFB session: ordered bytes in both directions. */
public interface RfbStream {
  /**
   * Waits for bytes and reads what is available.
   *
   * @param max timeout
   * @return number of bytes, at least one; -1 when the other side has closed the connection
   * @throws SocketTimeoutException when nothing came in time
   */
  int read(byte[] buffer, int offset, int length, Duration max) throws IOException;

  /** Sends all of it. */
  void write(byte[] bytes) throws IOException;

  /** A stream over a connected socket, which the caller closes. */
  static RfbStream of(Socket socket) throws IOException {
    var in = socket.getInputStream();
    OutputStream out = socket.getOutputStream();
    return new RfbStream() {
      @Override
      public int read(byte[] buffer, int offset, int length, Duration max) throws IOException {
        // 0 would mean no timeout.
        socket.setSoTimeout((int) Math.clamp(max.toMillis(), 1, Integer.MAX_VALUE));
        return in.read(buffer, offset, length);
      }

      @Override
      public void write(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
      }
    };
  }
}
