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
 * Reads a console from its oldest kept byte on, and then what is appended. A full file is renamed
 * to {@code NAME.1} and a new one is started; the old one stays open here until it is read, so that
 * its inode number is not reused before.
 */
final class ConsoleTail implements AutoCloseable {
  private final Path file;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
  private @Nullable FileChannel channel;
  private @Nullable Object number;
  private boolean isBegun;

  ConsoleTail(Path file) {
    this.file = file;
  }

  /** Copies what was appended since the last call; nothing if there is no console yet. */
  void copyTo(OutputStream out) throws IOException {
    if (!isBegun) {
      isBegun = true;
      copyOlder(out);
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
      Files.copy(file.resolveSibling(file.getFileName() + ".1"), out);
    } catch (NoSuchFileException e) {
      // It was never full.
    }
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

  private void drain(OutputStream out) throws IOException {
    while (channel != null && channel.read(buffer.clear()) > 0) {
      out.write(buffer.array(), 0, buffer.position());
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
