package dev.visco.host;

import dev.visco.model.GuestText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/** Reads the end of a file without reading the rest of it. */
public final class Tail {
  private static final int MAX_LINES_BYTES = 16 << 10;
  private static final int SAID_LINES = 5;

  private Tail() {}

  /**
   * The last bytes of a file; none if it does not exist or is not a regular file.
   *
   * @param max the maximum number of bytes
   * @throws HostFault when it cannot be read
   */
  public static byte[] bytes(Path file, int max) {
    if (!Files.isRegularFile(file)) {
      return new byte[0];
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(size, max));
      long at = size - buffer.capacity();
      for (int count = 0; count >= 0 && buffer.hasRemaining(); at += Math.max(0, count)) {
        count = channel.read(buffer, at);
      }
      return Arrays.copyOf(buffer.array(), buffer.position());
    } catch (NoSuchFileException e) {
      return new byte[0]; // It was renamed or removed meanwhile.
    } catch (IOException e) {
      throw new HostFault("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * The last bytes of a file as UTF-8, without a character that is cut in two at the beginning.
   *
   * @param max bytes
   */
  public static String text(Path file, int max) {
    byte[] bytes = bytes(file, max);
    int from = 0;
    while (bytes.length == max && from < Math.min(3, max) && (bytes[from] & 0xc0) == 0x80) {
      from++;
    }
    return new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
  }

  /** The last {@code max} lines that are not blank, as text for people. */
  public static List<String> lines(Path file, int max) {
    List<String> lines =
        text(file, MAX_LINES_BYTES)
            .lines()
            .map(line -> GuestText.line(line).value())
            .filter(line -> !line.isEmpty())
            .toList();
    return lines.subList(Math.max(0, lines.size() - max), lines.size());
  }

  /** The last lines of a program's log, in one line for a message. */
  public static String said(Path log) {
    List<String> lines = lines(log, SAID_LINES);
    if (lines.isEmpty()) {
      return Files.exists(log)
          ? "it said nothing, see the console"
          : "it said nothing, there is no " + log;
    }
    return String.join("; ", lines);
  }
}
