package dev.visco.session;

import dev.visco.session.ssh.ConnectedSocket;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Sends to a guest piece by piece, and waits while it reads slowly. */
final class BoundedSender extends FilterOutputStream {
  private static final int PIECE = 32 << 10;

  private final ConnectedSocket socket;

  BoundedSender(OutputStream out, ConnectedSocket socket) {
    super(out);
    this.socket = socket;
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    for (int done = 0; done < length; ) {
      int piece = Math.min(PIECE, length - done);
      socket.awaitRoom();
      out.write(bytes, offset + done, piece);
      done += piece;
    }
  }
}
