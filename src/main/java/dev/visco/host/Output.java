package dev.visco.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a command's stream to its end and passes on its lines. Keeps the first {@link
 * CommandResult#MAX_OUTPUT} bytes and drops the rest, so that the command never blocks on a full
 * pipe and never fills the daemon's memory.
 */
final class Output implements Runnable {
  /** A longer line is passed on in pieces. */
  private static final int MAX_LINE = 64 << 10;

  private final InputStream stream;
  private final @Nullable Consumer<String> lines;
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private long dropped;

  Output(InputStream stream, @Nullable Consumer<String> lines) {
    this.stream = stream;
    this.lines = lines;
  }

  @Override
  public void run() {
    byte[] buffer = new byte[8192];
    try (stream) {
      for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
        keep(buffer, count);
        if (lines != null) {
          tell(lines, buffer, count);
        }
      }
    } catch (IOException e) {
      // The process was killed; there is no more output.
    }
  }

  private synchronized void keep(byte[] buffer, int count) {
    int room = Math.min(count, CommandResult.MAX_OUTPUT - kept.size());
    kept.write(buffer, 0, room);
    dropped += count - room;
  }

  private void tell(Consumer<String> listener, byte[] buffer, int count) {
    for (int at = 0; at < count; at++) {
      boolean isEnd = buffer[at] == '\n' || buffer[at] == '\r';
      if (!isEnd) {
        line.write(buffer[at]);
      }
      if ((isEnd && line.size() > 0) || line.size() == MAX_LINE) {
        listener.accept(line.toString(StandardCharsets.UTF_8));
        line.reset();
      }
    }
  }

  /** The output so far, with a note at the end when some of it was dropped. */
  synchronized String text() {
    String text = kept.toString(StandardCharsets.UTF_8);
    return dropped == 0 ? text : text + "\n[cut off here: " + dropped + " more bytes]\n";
  }
}
