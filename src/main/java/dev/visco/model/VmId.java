package dev.visco.model;

import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * A VM's name: {@code vm-} and eight hexadecimal digits, the form that clients of the original
 * system expect.
 */
public record VmId(String value) implements Comparable<VmId> {
  private static final Pattern FORM = Pattern.compile("vm-[0-9a-f]{8}");

  public VmId {
    Text.matching("vmId", value, FORM, "vm- and eight hexadecimal digits (vm-0123abcd)");
  }

  /** Whether a text has the form of an id. */
  public static boolean isOne(String text) {
    return FORM.matcher(text).matches();
  }

  /** A random id; the store refuses one that is in use. */
  public static VmId random(RandomGenerator random) {
    return new VmId("vm-%08x".formatted(random.nextInt()));
  }

  @Override
  public int compareTo(VmId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
