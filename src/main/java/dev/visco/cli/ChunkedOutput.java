package dev.visco.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** A body in chunks (RFC 9112, section 7.1). It is whole only after {@link #end}. */
final class ChunkedOutput extends OutputStream {
  private static final int BUFFER = 64 << 10;

  private final OutputStream out;
  private final byte[] buffer = new byte[BUFFER];
  private int used;

  ChunkedOutput(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int one) throws IOException {
    if (used == BUFFER) {
      flush();
    }
    buffer[used++] = (byte) one;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    for (int done = 0; done < length; ) {
      if (used == BUFFER) {
        flush();
      }
      int some = Math.min(BUFFER - used, length - done);
      System.arraycopy(bytes, offset + done, buffer, used, some);
      used += some;
      done += some;
    }
  }

  /** Sends what there is as a chunk; an empty one would be the end. */
  @Override
  public void flush() throws IOException {
    if (used > 0) {
      byte[] head = (Integer.toHexString(used) + "\r\n").getBytes(StandardCharsets.US_ASCII);
      out.write(head, 0, head.length);
      out.write(buffer, 0, used);
      out.write(new byte[] {'\r', '\n'}, 0, 2);
      used = 0;
    }
  }

  /** Sends the rest and the last chunk. */
  void end() throws IOException {
    flush();
    byte[] last = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    out.write(last, 0, last.length);
  }
}
