package dev.visco.model;

/**
 * The rate limit of a device, as a token bucket that refills once a second.
 *
 * @param bytesPerSecond 0 for no limit
 * @param operationsPerSecond requests of a disk or packets of a network card; 0 for no limit
 */
public record Rate(long bytesPerSecond, long operationsPerSecond) {
  public Rate {
    check("bytes-per-second", bytesPerSecond);
    check("operations-per-second", operationsPerSecond);
  }

  private static void check(String field, long value) {
    if (value < 0) {
      throw Refused.invalid(
          field, Long.toString(value), "is below zero", "Give a whole number; 0 means no limit.");
    }
  }
}
