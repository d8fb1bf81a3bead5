package dev.visco.image.oci;

/**
 * Bounds for a container image. What exceeds them is refused while it is read.
 *
 * @param maxBytes of all layers together, unpacked
 * @param maxEntries of all layers together: files, folders, links and whiteouts
 * @param maxDepth folders in a path
 * @param maxRatio unpacked bytes of a layer for each packed one, above {@link #RATIO_FREE_BYTES}
 */
record OciLimits(long maxBytes, int maxEntries, int maxDepth, int maxRatio) {
  /** A small layer may be nothing but zeros. */
  static final long RATIO_FREE_BYTES = 64L << 20;

  /**
   * gzip reaches 1032 times at most. 300,000 entries take some 50 MiB of heap while they are
   * merged.
   */
  static final OciLimits USUAL = new OciLimits(64L << 30, 300_000, 100, 1100);

  /** Longest path in bytes (PATH_MAX, limits.h). */
  static final int MAX_PATH = 4095;

  /** Longest name of one file in bytes (NAME_MAX). */
  static final int MAX_NAME = 255;

  /** Largest manifest, configuration or index in bytes. */
  static final int MAX_DOCUMENT = 4 << 20;

  /** The most layers that docker itself makes are 127. */
  static final int MAX_LAYERS = 512;
}
