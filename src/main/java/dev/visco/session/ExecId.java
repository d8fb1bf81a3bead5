package dev.visco.session;

import dev.visco.model.Refused;
import java.time.Instant;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * The name of a command that runs detached: {@code ex-}, eleven hexadecimal digits of when it was
 * started (milliseconds since 1970) and five random ones. Sorted they are in order of their start.
 */
public record ExecId(String value) {
  private static final Pattern FORM = Pattern.compile("ex-[0-9a-f]{16}");

  public ExecId {
    if (!isOne(value)) {
      throw Refused.invalid(
          "exec", value, "is no id of a command", "Give ex- and sixteen hexadecimal digits.");
    }
  }

  static boolean isOne(String text) {
    return FORM.matcher(text).matches();
  }

  static ExecId next(Instant now, RandomGenerator random) {
    return new ExecId(
        "ex-%011x%05x".formatted(now.toEpochMilli() & 0xfff_ffff_ffffL, random.nextInt(1 << 20)));
  }

  @Override
  public String toString() {
    return value;
  }
}
