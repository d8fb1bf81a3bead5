package dev.visco.vmm.firecracker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Properties of a file from stat(2).
 *
 * @param mode the file's type and its permissions
 * @param stamp a text that changes whenever the content changes: it contains the change time, which
 *     is set by the kernel alone
 */
record FileFacts(int uid, int mode, String stamp) {
  static FileFacts of(Path file) throws IOException {
    return new FileFacts(
        number(file, "uid"),
        number(file, "mode"),
        String.join(
            " ",
            List.of(
                file.toString(),
                text(file, "dev"),
                text(file, "ino"),
                text(file, "size"),
                text(file, "lastModifiedTime"),
                text(file, "ctime"))));
  }

  private static int number(Path file, String attribute) throws IOException {
    return Integer.parseInt(text(file, attribute));
  }

  private static String text(Path file, String attribute) throws IOException {
    return String.valueOf(Files.getAttribute(file, "unix:" + attribute));
  }

  boolean allows(int permissions) {
    return (mode & permissions) == permissions;
  }
}
