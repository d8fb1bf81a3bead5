package dev.visco.session.restore;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The texts of this package's resources. */
final class RestoreScripts {
  private RestoreScripts() {}

  static String read(String name) {
    try (InputStream in =
        Objects.requireNonNull(RestoreScripts.class.getResourceAsStream(name), name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
