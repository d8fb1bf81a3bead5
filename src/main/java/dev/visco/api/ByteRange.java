package dev.visco.api;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The bytes of a file that a request asks for (RFC 9110, section 14): all, or one range.
 *
 * @param first the first byte
 * @param length how many; none for a range in which the file has no byte
 * @param size of the whole file
 * @param isPart whether a range was asked for
 */
record ByteRange(long first, long length, long size, boolean isPart) {
  private static final Pattern ONE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

  /**
   * What a header asks for; several ranges, and units other than bytes, are answered with the whole
   * file, as the RFC allows; so is a range that ends before it begins.
   */
  static ByteRange of(String header, long size) {
    Matcher asked = ONE.matcher(header);
    if (!asked.matches() || asked.group(1).isEmpty() && asked.group(2).isEmpty()) {
      return new ByteRange(0, size, size, false);
    }
    long first;
    long last = size - 1;
    if (asked.group(1).isEmpty()) {
      first = Math.max(0, size - Long.parseLong(asked.group(2)));
    } else {
      first = Long.parseLong(asked.group(1));
      if (!asked.group(2).isEmpty()) {
        long end = Long.parseLong(asked.group(2));
        if (end < first) {
          return new ByteRange(0, size, size, false);
        }
        last = Math.min(last, end);
      }
    }
    if (first > last) {
      return new ByteRange(0, 0, size, true);
    }
    return new ByteRange(first, last - first + 1, size, true);
  }

  /** Whether no byte of the file is in the range. */
  boolean isEmptyPart() {
    return isPart && length == 0;
  }

  int status() {
    return isEmptyPart() ? 416 : isPart ? 206 : 200;
  }

  Optional<String> contentRange() {
    if (isEmptyPart()) {
      return Optional.of("bytes */" + size);
    }
    return isPart
        ? Optional.of("bytes " + first + "-" + (first + length - 1) + "/" + size)
        : Optional.empty();
  }
}
