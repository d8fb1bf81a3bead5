package dev.visco.model;

import java.util.regex.Pattern;

/** An IPv4 address, as an unsigned 32-bit number. */
public record Ipv4(int bits) implements Comparable<Ipv4> {
  private static final Pattern FORM =
      Pattern.compile("(%1$s)\\.(%1$s)\\.(%1$s)\\.(%1$s)".formatted("0|[1-9]\\d{0,2}"));

  /**
   * Parses four decimal parts; refuses anything else, as {@code field}. A part with a leading zero
   * is refused too: inet_aton(3) reads it as octal.
   */
  public static Ipv4 of(String field, String text) {
    var matcher = FORM.matcher(text);
    int bits = 0;
    boolean valid = matcher.matches();
    for (int part = 1; valid && part <= 4; part++) {
      int value = Integer.parseInt(matcher.group(part));
      valid = value <= 255;
      bits = bits << 8 | value;
    }
    if (!valid) {
      throw Refused.invalid(
          field,
          text,
          "is not an IPv4 address",
          "Give four numbers from 0 to 255, without zeros before them, like 192.0.2.1.");
    }
    return new Ipv4(bits);
  }

  /** The address {@code distance} further on. */
  public Ipv4 plus(int distance) {
    return new Ipv4(bits + distance);
  }

  @Override
  public int compareTo(Ipv4 other) {
    return Integer.compareUnsigned(bits, other.bits);
  }

  @Override
  public String toString() {
    return "%d.%d.%d.%d".formatted(bits >>> 24, bits >>> 16 & 255, bits >>> 8 & 255, bits & 255);
  }
}
