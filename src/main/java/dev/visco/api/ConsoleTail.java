package dev.visco.api;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads a console from its oldest kept byte or from one of its last lines on, and then what is
 * appended. A full file is renamed to {@code NAME.1} and a new one is started; the old one stays
 * open here until it is read, so that its inode number is not reused before.
 */
final class ConsoleTail implements AutoCloseable {
  /** For a console from its beginning. */
  static final int ALL = -1;

  private final Path file;
  private final int lines;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
  private @Nullable FileChannel channel;
  private @Nullable Object number;
  private boolean isBegun;

  /**
   * @param lines how many of the last lines are copied first; {@link #ALL} for all
   */
  ConsoleTail(Path file, int lines) {
    this.file = file;
    this.lines = lines;
  }

  /** Copies what was appended since the last call; nothing if there is no console yet. */
  void copyTo(OutputStream out) throws IOException {
    if (!isBegun) {
      isBegun = true;
      if (lines == ALL) {
        copyOlder(out);
      } else {
        copyEndOfOlder(out);
      }
    }
    if (channel == null) {
      open();
    }
    drain(out);
    while (channel != null && isMoved()) {
      // It is complete now: read the rest.
      drain(out);
      close();
      open();
      drain(out);
    }
  }

  private void copyOlder(OutputStream out) throws IOException {
    try {
      Path older = file.resolveSibling(file.getFileName() + ".1");
      begin(out, numberOf(older), 0);
      Files.copy(older, out);
    } catch (NoSuchFileException e) {
      // It was never full.
    }
  }

  /** Goes to where the last lines begin, which may be in the older part. */
  private void copyEndOfOlder(OutputStream out) throws IOException {
    open();
    long missing = lines;
    if (channel != null) {
      missing = goBack(channel, missing);
    }
    Path older = file.resolveSibling(file.getFileName() + ".1");
    Object its = numberOf(older);
    if (missing == 0 || its == null || its.equals(number)) {
      return; // It is what is open here already, and was renamed meanwhile.
    }
    try (FileChannel before = FileChannel.open(older, StandardOpenOption.READ)) {
      boolean isCutLine = channel != null && channel.size() > 0 && !endsWithLine(before);
      // A line that was cut when the file was full is one line, and was counted.
      goBack(before, missing + (isCutLine ? 1 : 0));
      begin(out, its, before.position());
      while (before.read(buffer.clear()) > 0) {
        out.write(buffer.array(), 0, buffer.position());
      }
    } catch (NoSuchFileException e) {
      // It is gone meanwhile.
    }
  }

  private boolean endsWithLine(FileChannel from) throws IOException {
    buffer.clear().limit(1);
    return from.size() == 0
        || (from.read(buffer, from.size() - 1) == 1 && buffer.array()[0] == '\n');
  }

  /**
   * Puts a file's position where its last {@code count} lines begin; a last line without end is
   * one, too.
   *
   * @return how many lines are missing, when it has less
   */
  private long goBack(FileChannel from, long count) throws IOException {
    long end = from.size();
    long missing = count;
    boolean isFirst = true;
    for (long at = end; at > 0; ) {
      int size = (int) Math.min(buffer.capacity(), at);
      at -= size;
      buffer.clear().limit(size);
      while (buffer.hasRemaining() && from.read(buffer, at + buffer.position()) > 0) {
        continue;
      }
      for (int here = buffer.position() - 1; here >= 0; here--) {
        boolean isEnd = buffer.array()[here] == '\n';
        if (isEnd && !isFirst) {
          missing--;
        }
        if (missing == 0 && (isEnd || isFirst)) {
          from.position(at + here + 1);
          return 0;
        }
        isFirst = false;
      }
    }
    from.position(0);
    return end > 0 ? missing - 1 : missing;
  }

  private boolean isMoved() throws IOException {
    Object now = numberOf(file);
    return now != null && !now.equals(number);
  }

  /** Opens the file and notes its inode; again if it was renamed in between. */
  private void open() throws IOException {
    do {
      close();
      number = numberOf(file);
      if (number == null) {
        return;
      }
      try {
        channel = FileChannel.open(file, StandardOpenOption.READ);
      } catch (NoSuchFileException e) {
        return;
      }
    } while (!Objects.equals(number, numberOf(file)));
  }

  private static @Nullable Object numberOf(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /** Lines that have times are told which bytes come. */
  private static void begin(OutputStream out, @Nullable Object file, long position)
      throws IOException {
    if (out instanceof TimedLines lines) {
      lines.from(String.valueOf(file), position);
    }
  }

  private void drain(OutputStream out) throws IOException {
    long position = channel == null ? 0 : channel.position();
    while (channel != null && channel.read(buffer.clear()) > 0) {
      begin(out, number, position);
      out.write(buffer.array(), 0, buffer.position());
      position += buffer.position();
    }
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
      channel = null;
    }
  }
}
