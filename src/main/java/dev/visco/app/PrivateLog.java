package dev.visco.app;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.TriggeringPolicyBase;
import ch.qos.logback.core.util.FileSize;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Log file of bounded size that only its owner can read: it tells what users do and what their
 * guests say. Public because the logging library creates it from {@code logback.xml}.
 */
public final class PrivateLog extends RollingFileAppender<ILoggingEvent> {
  /**
   * Rolls over by size at each line. The library's own policy looks at the wall clock first, and
   * would let the file grow for as long as that was set back.
   */
  public static final class Bound extends TriggeringPolicyBase<ILoggingEvent> {
    private FileSize maxFileSize = new FileSize(4 * FileSize.MB_COEFFICIENT);

    /** From {@code logback-daemon.xml}. */
    public void setMaxFileSize(FileSize size) {
      maxFileSize = size;
    }

    @Override
    public boolean isTriggeringEvent(File active, ILoggingEvent event) {
      return active.length() >= maxFileSize.getSize();
    }
  }

  @Override
  public void openFile(String name) throws IOException {
    makePrivate(Path.of(name));
    super.openFile(name);
  }

  /** Makes a file for its owner alone; one that is there already stays. */
  static void makePrivate(Path file) throws IOException {
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException e) {
      return; // It exists with the mode we gave it.
    }
  }
}
