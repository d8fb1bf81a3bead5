package dev.visco.host;

import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;

/**
 * The host failed to do what should have worked. The message says what was tried and what the
 * answer was.
 */
public final class HostFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public HostFault(String message) {
    super(message);
  }

  public HostFault(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * The message of an exception for people, with the meaning of its class instead of the class's
   * name.
   */
  public static String words(@Nullable Throwable e) {
    String said = e == null ? null : e.getMessage();
    return switch (e) {
      case null -> "it broke off without a word";
      case NoSuchFileException it -> it.getFile() + " is not there";
      case FileAlreadyExistsException it -> it.getFile() + " is there already";
      case AccessDeniedException it -> it.getFile() + " may not be used so";
      case DirectoryNotEmptyException it -> it.getFile() + " is not empty";
      case NotDirectoryException it -> it.getFile() + " is no folder";
      case UncheckedIOException it when it.getCause() != null -> words(it.getCause());
      default -> said == null || said.isBlank() ? "it broke off without a word" : said;
    };
  }
}
