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

/** Opens output files named by callers. */
final class OutputFiles {
  private OutputFiles() {}

  /**
   * Opens a file or FIFO to append to it.
   *
   * @param make whether a missing file is created
   */
  static OutputStream open(Path path, boolean make) throws IOException {
    var options = EnumSet.of(StandardOpenOption.WRITE);
    if (make) {
      options.add(StandardOpenOption.CREATE);
    }
    if (Files.isRegularFile(path) || !Files.exists(path)) {
      options.add(StandardOpenOption.APPEND);
    } else {
      // Opened for reading and writing, a FIFO without a reader does not block the process.
      options.add(StandardOpenOption.READ);
    }
    return Channels.newOutputStream(FileChannel.open(path, options));
  }

  /** The reason of a failure, in the words of errno. */
  static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException missing -> "no such file or directory: " + missing.getFile();
      case AccessDeniedException denied -> "permission denied: " + denied.getFile();
      case FileSystemException file -> file.getReason() + ": " + file.getFile();
      default -> String.valueOf(e.getMessage());
    };
  }
}
