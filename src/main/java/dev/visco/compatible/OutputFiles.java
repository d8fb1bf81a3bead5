package dev.visco.compatible;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;

/** Files that callers name for this process to write to. */
final class OutputFiles {
  private OutputFiles() {}

  /**
   * Opens a file or FIFO behind its end.
   *
   * @param make whether one that is missing is made
   */
  static OutputStream open(Path path, boolean make) throws IOException {
    var options = EnumSet.of(StandardOpenOption.WRITE);
    if (make) {
      options.add(StandardOpenOption.CREATE);
    }
    if (Files.isRegularFile(path) || !Files.exists(path)) {
      options.add(StandardOpenOption.APPEND);
    } else {
      // A FIFO that nobody reads yet must not hold up the process: open for both ways, it opens.
      options.add(StandardOpenOption.READ);
    }
    return Channels.newOutputStream(FileChannel.open(path, options));
  }

  /** What went wrong, in the words that people know from errno. */
  static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException missing -> "no such file or directory: " + missing.getFile();
      case AccessDeniedException denied -> "permission denied: " + denied.getFile();
      case FileSystemException file -> file.getReason() + ": " + file.getFile();
      default -> String.valueOf(e.getMessage());
    };
  }
}
