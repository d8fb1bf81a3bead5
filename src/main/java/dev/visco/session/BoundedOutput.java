package dev.visco.session;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Keeps what a command says, up to a bound: a guest must not fill the daemon's memory. */
final class BoundedOutput extends OutputStream {
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private volatile boolean isOver;

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  /** Breaks off when the bound is passed; the library then closes the command's channel. */
  @Override
  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    if (kept.size() + length > GuestSession.MOST_OUTPUT) {
      isOver = true;
      throw new IOException("too much output");
    }
    kept.write(bytes, offset, length);
  }

  boolean isOver() {
    return isOver;
  }

  synchronized byte[] toByteArray() {
    return kept.toByteArray();
  }
}
