package dev.visco.api;

import dev.visco.session.GuestFileFault;
import dev.visco.session.GuestFileFault.FileFault;
import dev.visco.session.GuestFiles;
import dev.visco.session.GuestFiles.FileKind;
import dev.visco.session.GuestFiles.GuestFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A file of a guest that is written beside its path and gets its name once it is whole: nobody in
 * the guest sees half of it, and what was there stays until then.
 */
final class WholeGuestFile {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int DEFAULT_MODE = 0644;
  private static final int HIDDEN_MODE = 0600;

  private final GuestFiles files;
  private final String path;
  private boolean isInPlace;

  WholeGuestFile(GuestFiles files, String path) {
    this.files = files;
    this.path = path;
  }

  /**
   * Writes it. A file that is replaced keeps its owner, and its permissions unless others are asked
   * for. A link is written through, a device or pipe is written itself.
   *
   * @param mode -1 for none
   * @return whether it is new
   */
  boolean write(InputStream content, int mode) throws IOException {
    Optional<GuestFile> before = before();
    if (before.isPresent() && before.get().kind() == FileKind.FOLDER || path.endsWith("/")) {
      throw new GuestFileFault(FileFault.IS_A_FOLDER, path, new IOException("a folder"));
    }
    int permissions = mode >= 0 ? mode : before.map(GuestFile::mode).orElse(DEFAULT_MODE);
    boolean isPlain = before.isEmpty() || files.linkStat(path).kind() == FileKind.FILE;
    if (!isPlain) {
      try (OutputStream out = files.write(path, permissions)) {
        content.transferTo(out);
      }
      return false;
    }
    byte[] random = new byte[6];
    RANDOM.nextBytes(random);
    String half = path + ".visco-" + HexFormat.of().formatHex(random);
    try {
      try (OutputStream out = begun(half, permissions, before.isPresent())) {
        content.transferTo(out);
      }
      if (!isInPlace) {
        if (before.isPresent()) {
          files.owner(half, before.get().uid(), before.get().gid());
        }
        files.mode(half, permissions); // Last: a new owner takes set-user-ID away.
        files.rename(half, path);
      }
    } catch (IOException | RuntimeException e) {
      removeHalf(half, e);
      throw e;
    }
    return before.isEmpty();
  }

  /**
   * Where nothing can be made beside a file, as in /proc and /sys, the file itself is written; not
   * where it is for a full disk, which would lose what is in the file.
   */
  private OutputStream begun(String half, int permissions, boolean isThere) throws IOException {
    try {
      return files.write(half, HIDDEN_MODE);
    } catch (GuestFileFault e) {
      boolean isForbidden =
          switch (e.why()) {
            case DENIED, NOT_FOUND, OTHER -> true;
            default -> false;
          };
      if (isThere && isForbidden) {
        isInPlace = true;
        return files.write(path, permissions);
      }
      throw new GuestFileFault(e.why(), path, e);
    }
  }

  private Optional<GuestFile> before() throws IOException {
    try {
      return Optional.of(files.stat(path));
    } catch (GuestFileFault e) {
      if (e.why() == FileFault.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private void removeHalf(String half, Exception why) {
    if (isInPlace) {
      return;
    }
    try {
      files.remove(half);
    } catch (IOException e) {
      why.addSuppressed(e); // It was never made, or the connection broke.
    }
  }
}
