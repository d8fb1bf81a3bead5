package dev.visco.signin.channel;

import dev.visco.model.GuestText;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Keeps the last line of a guest's output that is not empty, cleaned; bounded. */
final class LastLine extends OutputStream {
  private static final int MAX_BYTES = 4 * GuestText.MAX_LINE;

  private final byte[] line = new byte[MAX_BYTES];
  private int length;
  private volatile String last = "";

  /** The last line of this output that is not empty. */
  static String of(byte[] output) {
    var line = new LastLine();
    line.write(output, 0, output.length);
    return line.text();
  }

  @Override
  public void write(int one) {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int count) {
    for (int at = from; at < from + count; at++) {
      if (bytes[at] == '\n' || bytes[at] == '\r') {
        end();
        length = 0;
      } else if (length < MAX_BYTES) {
        line[length++] = bytes[at];
      }
    }
    end();
  }

  private void end() {
    String text = GuestText.line(new String(line, 0, length, StandardCharsets.UTF_8)).value();
    if (!text.isEmpty()) {
      last = text;
    }
  }

  /** Empty when nothing was said. */
  String text() {
    return last;
  }
}
