package dev.visco.model;

import java.util.regex.Pattern;

/** An IPv4 network: its first address and the length of its prefix, 0 to 32. */
public record Cidr(Ipv4 first, int prefix) {
  private static final Pattern FORM = Pattern.compile("([^/]*)/(0|[1-9]\\d?)");

  public Cidr {
    if (prefix < 0 || prefix > 32 || (first.bits() & ~mask(prefix)) != 0) {
      throw notANetwork("network", first + "/" + prefix);
    }
  }

  /** Reads {@code a.b.c.d/prefix}; refuses anything else, as {@code field}. */
  public static Cidr of(String field, String text) {
    var matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw notANetwork(field, text);
    }
    try {
      return new Cidr(Ipv4.of(field, matcher.group(1)), Integer.parseInt(matcher.group(2)));
    } catch (Refused e) {
      throw notANetwork(field, text);
    }
  }

  private static Refused notANetwork(String field, String text) {
    return Refused.invalid(
        field,
        text,
        "is not a network",
        "Give its first address and a prefix of 0 to 32, like 192.168.100.0/24.");
  }

  private static int mask(int prefix) {
    return prefix == 0 ? 0 : -1 << (32 - prefix);
  }

  public boolean contains(Ipv4 address) {
    return (address.bits() & mask(prefix)) == first.bits();
  }

  public boolean overlaps(Cidr other) {
    return contains(other.first) || other.contains(first);
  }

  /** The number of its addresses, including the first and the last. */
  public long size() {
    return 1L << (32 - prefix);
  }

  /** The netmask, like 255.255.255.0. */
  public Ipv4 netmask() {
    return new Ipv4(mask(prefix));
  }

  @Override
  public String toString() {
    return first + "/" + prefix;
  }
}
