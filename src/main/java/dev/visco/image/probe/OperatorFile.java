package dev.visco.image.probe;

import dev.visco.model.Refused;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Opens a file whose path an operator gave, or refuses it as the field with the path. */
public final class OperatorFile {
  private OperatorFile() {}

  /** The work on an opened file. */
  public interface Reading<T> {
    T at(FileChannel channel) throws IOException;
  }

  /** Refuses a path without a file, and a file that is not regular, is empty or cannot be read. */
  public static void check(String field, Path file, Path named) {
    if (!file.isAbsolute()) {
      throw invalid(field, named, "is not an absolute path", "Give it from the root on.");
    }
    if (!Files.exists(file)) {
      boolean isLink = Files.exists(file, LinkOption.NOFOLLOW_LINKS);
      throw invalid(
          field,
          named,
          isLink ? "is a link to something that does not exist" : "does not exist",
          "Give the path of a file on the daemon's host.");
    }
    if (Files.isDirectory(file)) {
      throw invalid(field, named, "is a folder", "Give the path of a file.");
    }
    if (!Files.isRegularFile(file)) {
      throw invalid(field, named, "is no plain file", "Give the path of a file.");
    }
    if (!Files.isReadable(file)) {
      throw invalid(field, named, "cannot be read", "Make it readable for root.");
    }
    if (file.toFile().length() == 0) {
      throw invalid(field, named, "is empty", "Give a file with something in it.");
    }
  }

  public static <T> T read(String field, Path file, Path named, Reading<T> reading) {
    check(field, file, named);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return reading.at(channel);
    } catch (EOFException e) {
      throw invalid(field, named, "ends too early: " + e.getMessage(), "Copy it again.");
    } catch (IOException e) {
      throw invalid(field, named, "cannot be read: " + e.getMessage(), "Give a readable file.");
    }
  }

  public static Refused invalid(String field, Path named, String reason, String remedy) {
    return Refused.invalid(field, named.toString(), reason, remedy);
  }
}
