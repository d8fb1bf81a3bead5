package dev.visco.api.http;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Content of a streamed answer. Its writer cannot end it: {@code close} only flushes, since the end
 * is sent when the writer has returned without a failure.
 */
final class UnendedOutput extends FilterOutputStream {
  UnendedOutput(OutputStream out) {
    super(out);
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      throw new ClientGone(e);
    }
  }

  @Override
  public void flush() throws IOException {
    try {
      out.flush();
    } catch (IOException e) {
      throw new ClientGone(e);
    }
  }

  @Override
  public void close() throws IOException {
    flush();
  }
}
