package dev.visco.verify;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Consoles of real guests, recorded: {@code src/test/resources/consoles/README.md}. */
final class Consoles {
  private Consoles() {}

  static String log(String name) {
    return text(name + ".log");
  }

  /** What the guest said when it was asked {@link GuestQuestions}. */
  static String answers(String name) {
    return text(name + ".answers");
  }

  private static String text(String file) {
    try (InputStream in =
        Objects.requireNonNull(Consoles.class.getResourceAsStream("/consoles/" + file), file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
