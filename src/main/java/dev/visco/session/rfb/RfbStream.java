package dev.visco.session.rfb;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** What an RFB session runs over: bytes in order, both ways, whatever carries them. */
public interface RfbStream {
  /**
   * Waits until there is anything.
   *
   * @param max how long
   * @return how many bytes came, at least one; -1 when the other side has ended
   * @throws SocketTimeoutException when nothing came in that time
   */
  int read(byte[] buffer, int offset, int length, Duration max) throws IOException;

  /** Sends all of it. */
  void write(byte[] bytes) throws IOException;

  /** Over a connected socket, which stays the caller's to close. */
  static RfbStream of(Socket socket) throws IOException {
    var in = socket.getInputStream();
    OutputStream out = socket.getOutputStream();
    return new RfbStream() {
      @Override
      public int read(byte[] buffer, int offset, int length, Duration max) throws IOException {
        // 0 would be for ever.
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
