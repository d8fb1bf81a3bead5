package dev.visco.model;

import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * The name of a snapshot's folder in the data folder: {@code snapshot-} and sixteen hexadecimal
 * digits. It is generated, so that it outlives any name that people give, and cannot be guessed.
 */
public record SnapshotPlace(String value) {
  private static final Pattern FORM = Pattern.compile("snapshot-[0-9a-f]{16}");

  public SnapshotPlace {
    Text.matching("place", value, FORM, "snapshot- and sixteen hexadecimal digits");
  }

  /** Whether a text has the form of one. */
  public static boolean isOne(String text) {
    return FORM.matcher(text).matches();
  }

  /** A new one. */
  public static SnapshotPlace random(RandomGenerator random) {
    return new SnapshotPlace("snapshot-%016x".formatted(random.nextLong()));
  }

  @Override
  public String toString() {
    return value;
  }
}
