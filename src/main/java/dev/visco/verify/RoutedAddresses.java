package dev.visco.verify;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.regex.Pattern;

/** An interface's addresses by a guest's routing tables, which need no program to be read. */
final class RoutedAddresses {
  /** Destination and mask as {@code /proc/net/route} has them (proc_net(5)). */
  private static final Pattern NETWORK = Pattern.compile("([0-9A-F]{8})/([0-9A-F]{8})");

  private static final Pattern ADDRESS = Pattern.compile("\\d{1,3}(?:\\.\\d{1,3}){3}");

  private RoutedAddresses() {}

  /**
   * The addresses with their prefix lengths, separated by blanks.
   *
   * @param locals all addresses of the guest
   * @param networks what the interface reaches without a gateway: destination and mask in
   *     hexadecimal, the first byte last
   */
  static String of(String locals, String networks) {
    var found = new LinkedHashSet<String>();
    for (String network : networks.split(" ", -1)) {
      var words = NETWORK.matcher(network);
      if (words.matches()) {
        int mask = bits(words.group(2));
        Arrays.stream(locals.split(" ", -1))
            .filter(address -> ADDRESS.matcher(address).matches())
            .filter(address -> (bits(address.split("\\.", -1)) & mask) == bits(words.group(1)))
            .forEach(address -> found.add(address + "/" + Integer.bitCount(mask)));
      }
    }
    return String.join(" ", found);
  }

  private static int bits(String hexadecimal) {
    return Integer.reverseBytes(Integer.parseUnsignedInt(hexadecimal, 16));
  }

  private static int bits(String[] bytes) {
    int bits = 0;
    for (String one : bytes) {
      bits = bits << 8 | Integer.parseInt(one);
    }
    return bits;
  }
}
