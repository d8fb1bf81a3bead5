package dev.visco.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Keeps installed packages from starting, restarting or stopping services while it is open: it
 * installs a {@code policy-rc.d} that answers 101, "action forbidden by policy", to invoke-rc.d(8)
 * and deb-systemd-invoke(1p). An operator's own policy is left in place and decides instead.
 */
final class PolicyRcd implements AutoCloseable {
  /** By which a later run knows what an earlier one left, that was killed. */
  private static final String TEXT =
      "#!/bin/sh\n# Put here by Visco while it installs packages.\nexit 101\n";

  private final Path file;
  private final boolean isOurs;

  private PolicyRcd(Path file, boolean isOurs) {
    this.file = file;
    this.isOurs = isOurs;
  }

  /**
   * @param file {@code /usr/sbin/policy-rc.d}, where Debian's tools look for it
   */
  static PolicyRcd open(Path file) {
    clear(file);
    Path draft = file.resolveSibling(file.getFileName() + ".visco");
    try {
      Files.writeString(draft, TEXT);
      Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rwxr-xr-x"));
      try {
        // Created completely or not at all, and never over an existing file.
        Files.createLink(file, draft);
        return new PolicyRcd(file, true);
      } catch (FileAlreadyExistsException e) {
        return new PolicyRcd(file, false);
      } finally {
        Files.delete(draft);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be put there", e);
    }
  }

  /** Takes away what an earlier run left; another's file stays. */
  static void clear(Path file) {
    try {
      if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
          && Files.size(file) == TEXT.length()
          && Files.readString(file).equals(TEXT)) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(file + ", left by an earlier run, cannot be removed", e);
    }
  }

  @Override
  public void close() {
    if (isOurs) {
      clear(file);
    }
  }
}
