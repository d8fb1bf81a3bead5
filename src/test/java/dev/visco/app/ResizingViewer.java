package dev.visco.app;

import dev.visco.session.rfb.VncPassword;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A viewer that gives a desktop other sizes, as the desktop's page does when its window changes
 * (SetDesktopSize: the community's RFB, 7.4.9), and looks at nothing.
 */
final class ResizingViewer implements AutoCloseable {
  private static final int EXTENDED_DESKTOP_SIZE = -308;

  private final Socket socket;
  private final Thread reading;

  private ResizingViewer(Socket socket) {
    this.socket = socket;
    reading = Thread.ofVirtual().start(this::readOn);
  }

  /** Signs in; the connection is closed with the viewer. */
  static ResizingViewer open(Socket socket, VncPassword password) throws IOException {
    var in = new DataInputStream(socket.getInputStream());
    OutputStream out = socket.getOutputStream();
    in.readFully(new byte[12]);
    out.write("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII));
    in.readFully(new byte[in.readUnsignedByte()]);
    out.write(2);
    out.write(password.answer(in.readNBytes(16)));
    if (in.readInt() != 0) {
      throw new IOException("the desktop took another password");
    }
    out.write(1);
    in.readFully(new byte[20]);
    in.readFully(new byte[in.readInt()]);
    ByteBuffer encodings = ByteBuffer.allocate(8).put((byte) 2).put((byte) 0);
    out.write(encodings.putShort((short) 1).putInt(EXTENDED_DESKTOP_SIZE).array());
    // The first update says that this server knows other sizes.
    out.write(
        ByteBuffer.allocate(10).put((byte) 3).put((byte) 1).putInt(0).putInt(1 << 16 | 1).array());
    return new ResizingViewer(socket);
  }

  /** Pixels; one screen, which covers all. */
  void resize(int width, int height) throws IOException {
    ByteBuffer message = ByteBuffer.allocate(24).put((byte) 251).put((byte) 0);
    message.putShort((short) width).putShort((short) height).put((byte) 1).put((byte) 0);
    message.putInt(0).putInt(0).putShort((short) width).putShort((short) height).putInt(0);
    socket.getOutputStream().write(message.array());
  }

  /** What the server says does not stop it from saying more. */
  private void readOn() {
    var buffer = new byte[1 << 16];
    try {
      InputStream in = socket.getInputStream();
      while (in.read(buffer) >= 0) {
        continue;
      }
    } catch (IOException e) {
      // Closed, by this side or by the other one: whoever resizes next is told.
      return;
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    socket.close();
    reading.join();
  }
}
