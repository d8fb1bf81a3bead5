package dev.visco.host;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Texts that are packed with the program. */
public final class ResourceText {
  private ResourceText() {}

  /**
   * The text of a resource, in UTF-8.
   *
   * @param beside a class of the package in whose folder it lies
   * @param name like {@code authorize.sh}
   * @throws NullPointerException naming it, when the program was packed without it
   */
  public static String of(Class<?> beside, String name) {
    try (InputStream in = Objects.requireNonNull(beside.getResourceAsStream(name), name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(name + " of this program", e);
    }
  }
}
