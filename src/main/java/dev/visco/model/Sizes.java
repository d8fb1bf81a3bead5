package dev.visco.model;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Sizes of memory, disks and files as people write them: a whole number and its unit, {@code 512m},
 * {@code 8g}, {@code 2t}, in powers of 1024; {@code 512mb} and {@code 512MiB} are the same.
 */
public final class Sizes {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})([mMgGtT])([iI]?[bB])?");

  private Sizes() {}

  /** Reads one, in MiB; refused as {@code field} when it is none. */
  public static long mib(String field, String text) {
    var matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw Refused.invalid(
          field, text, "is not a size", "Give a whole number and m, g or t, like 512m or 8g.");
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
      case "m" -> number;
      case "g" -> number << 10;
      default -> number << 20;
    };
  }

  /** The same, or a number of MiB without a unit. */
  public static long mibOrNumber(String field, String text) {
    return text.matches("\\d{1,13}") ? Long.parseLong(text) : mib(field, text);
  }

  /** Writes a number of MiB in the largest unit that loses nothing. */
  public static String text(long mib) {
    if (mib != 0 && mib % (1 << 20) == 0) {
      return (mib >> 20) + "t";
    }
    return mib != 0 && mib % (1 << 10) == 0 ? (mib >> 10) + "g" : mib + "m";
  }

  /** Reads one in bytes; refused as {@code field} when it is none, or more than any file has. */
  public static long bytes(String field, String text) {
    long mib = mib(field, text);
    if (mib > Long.MAX_VALUE >> 20) {
      throw Refused.invalid(field, text, "is more than any file can have", "Give less.");
    }
    return mib << 20;
  }

  /** Writes a number of bytes in the same way; less than a mebibyte is cut off. */
  public static String bytesText(long bytes) {
    return text(bytes >> 20);
  }
}
