package dev.visco.relay.secret;

import java.util.Arrays;
import java.util.List;

/**
 * Replaces secrets in a stream by as many asterisks, so that no length changes. Holds back what may
 * be the beginning of a secret, and no other byte.
 */
final class SecretMask {
  private static final byte[] NOTHING = {};

  private final List<byte[]> secrets;
  private byte[] kept = NOTHING;

  /**
   * @param secrets of one byte or more; not to be changed while this is used
   */
  SecretMask(List<byte[]> secrets) {
    this.secrets = List.copyOf(secrets);
  }

  /** What may go on now, of what was held back and these bytes. */
  byte[] pass(byte[] bytes, int length) {
    if (secrets.isEmpty()) {
      return Arrays.copyOf(bytes, length);
    }
    byte[] all = Arrays.copyOf(kept, kept.length + length);
    System.arraycopy(bytes, 0, all, kept.length, length);
    int end = all.length;
    for (byte[] secret : secrets) {
      mask(secret, all);
    }
    for (byte[] secret : secrets) {
      end = Math.min(end, beginning(secret, all));
    }
    kept = Arrays.copyOfRange(all, end, all.length);
    return Arrays.copyOf(all, end);
  }

  /** What was held back, at the end of the stream. */
  byte[] end() {
    byte[] rest = kept;
    kept = NOTHING;
    return rest;
  }

  /** The same of a whole text. */
  static byte[] masked(List<byte[]> secrets, byte[] all) {
    var mask = new SecretMask(secrets);
    byte[] first = mask.pass(all, all.length);
    byte[] rest = mask.end();
    byte[] whole = Arrays.copyOf(first, first.length + rest.length);
    System.arraycopy(rest, 0, whole, first.length, rest.length);
    return whole;
  }

  private static void mask(byte[] secret, byte[] all) {
    for (int at = 0; at + secret.length <= all.length; at++) {
      if (matches(secret, all, at, secret.length)) {
        Arrays.fill(all, at, at + secret.length, (byte) '*');
        at += secret.length - 1;
      }
    }
  }

  /** Where the longest end of these bytes begins that a secret may begin with. */
  private static int beginning(byte[] secret, byte[] all) {
    for (int at = Math.max(0, all.length - secret.length + 1); at < all.length; at++) {
      if (matches(secret, all, at, all.length - at)) {
        return at;
      }
    }
    return all.length;
  }

  private static boolean matches(byte[] secret, byte[] all, int at, int length) {
    return all[at] == secret[0] && Arrays.equals(all, at, at + length, secret, 0, length);
  }
}
