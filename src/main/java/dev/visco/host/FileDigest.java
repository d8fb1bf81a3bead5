package dev.visco.host;

import dev.visco.model.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;

/** The SHA-256 of a file. */
public final class FileDigest {
  private static final int PIECE = 1 << 16;

  private FileDigest() {}

  /** Reads the whole file, {@value #PIECE} bytes at a time. */
  public static Digest of(Path file) throws IOException {
    MessageDigest sum = Digest.sha256();
    byte[] buffer = new byte[PIECE];
    try (InputStream in = Files.newInputStream(file)) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        sum.update(buffer, 0, count);
      }
    }
    return Digest.of(sum);
  }
}
