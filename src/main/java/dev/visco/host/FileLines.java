package dev.visco.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;

/** Reads the lines of a file that a guest may fill; holds one line at a time. */
public final class FileLines {
  private final int maxLine;
  private final Consumer<String> to;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  private FileLines(int maxLine, Consumer<String> to) {
    this.maxLine = maxLine;
    this.to = to;
  }

  /**
   * Passes on each line without its line feed; the last line may have none. Of a file longer than
   * {@code max} bytes, the first and the last {@code max / 2} bytes are read. A file that does not
   * exist has no lines.
   *
   * @param maxLine maximum length of a line in bytes; the rest of a longer one is left out
   * @throws HostFault when it cannot be read
   */
  public static void each(Path file, long max, int maxLine, Consumer<String> to) {
    var lines = new FileLines(maxLine, to);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size <= max) {
        lines.read(channel, 0, size);
      } else {
        lines.read(channel, 0, max / 2);
        lines.end();
        lines.read(channel, size - max / 2, size);
      }
      lines.end();
    } catch (NoSuchFileException e) {
      return;
    } catch (IOException e) {
      throw new HostFault("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private void read(FileChannel channel, long from, long to) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    for (long at = from; at < to; ) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), to - at));
      int count = channel.read(buffer, at);
      if (count < 0) {
        return;
      }
      split(buffer.array(), count);
      at += count;
    }
  }

  private void split(byte[] bytes, int count) {
    int begin = 0;
    for (int at = 0; at < count; at++) {
      if (bytes[at] == '\n') {
        append(bytes, begin, at);
        tell();
        begin = at + 1;
      }
    }
    append(bytes, begin, count);
  }

  private void append(byte[] bytes, int from, int to) {
    line.write(bytes, from, Math.min(to - from, maxLine - line.size()));
  }

  private void tell() {
    to.accept(line.toString(StandardCharsets.UTF_8));
    line.reset();
  }

  private void end() {
    if (line.size() > 0) {
      tell();
    }
  }
}
