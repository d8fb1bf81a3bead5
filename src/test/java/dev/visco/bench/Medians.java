package dev.visco.bench;

import java.util.List;

/** How the benches of real guests tell many measurements. */
final class Medians {
  private Medians() {}

  static long median(List<Long> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  /** The median of milliseconds, with their range. */
  static String seconds(List<Long> millis) {
    return "%.2f s (%.2f–%.2f)"
        .formatted(
            median(millis) / 1e3,
            millis.stream().min(Long::compare).orElseThrow() / 1e3,
            millis.stream().max(Long::compare).orElseThrow() / 1e3);
  }
}
