package dev.visco.model;

import java.util.regex.Pattern;

/**
 * How much of the data folder's file system is kept free of guests, so that Visco's own records can
 * be written when guests have filled the rest.
 *
 * @param percent of the file system's size, 0 to 100
 * @param maxMib the most that it is, whatever the size, in MiB
 */
public record DiskReserve(int percent, long maxMib) {
  /** 5 %, at most 2 GiB. */
  public static final DiskReserve STANDARD = new DiskReserve(5, 2048);

  /** Nothing is kept. */
  public static final DiskReserve NONE = new DiskReserve(0, 0);

  private static final Pattern PERCENT = Pattern.compile("(\\d{1,2})%");
  private static final int MAX_PERCENT = 50;
  private static final int MIN_MIB = 16;

  /** What must be free besides the reserve before anything new is made, as far as it is that. */
  private static final long MIN_MARGIN = 64L << 20;

  private static final long MAX_MARGIN = 512L << 20;

  /** Reads a size, or a part of the file system; refused as {@code field} when it is neither. */
  public static DiskReserve of(String field, String text) {
    var matcher = PERCENT.matcher(text);
    if (!matcher.matches()) {
      long mib = Sizes.mib(field, text);
      if (mib < MIN_MIB) {
        throw Refused.invalid(
            field, text, "is too little for Visco's own records", "Give " + MIN_MIB + "m or more.");
      }
      return new DiskReserve(100, mib);
    }
    int percent = Integer.parseInt(matcher.group(1));
    if (percent < 1 || percent > MAX_PERCENT) {
      throw Refused.invalid(
          field, text, "is out of range", "Give 1% to " + MAX_PERCENT + "%, or a size like 2g.");
    }
    return new DiskReserve(percent, Long.MAX_VALUE >> 20);
  }

  /**
   * What is kept of a file system, in bytes.
   *
   * @param total its size
   */
  public long bytes(long total) {
    return Math.min(total / 100 * percent + total % 100 * percent / 100, maxMib << 20);
  }

  /**
   * How much must be free before anything new is made and guests that were paused go on, in bytes:
   * the reserve, and a quarter of it (64 to 512 MiB, at most an eighth of the file system) besides,
   * so that what goes on does not stop again at once.
   */
  public long enough(long total) {
    long reserve = bytes(total);
    return reserve == 0
        ? 0
        : reserve + Math.min(Math.clamp(reserve / 4, MIN_MARGIN, MAX_MARGIN), total / 8);
  }
}
