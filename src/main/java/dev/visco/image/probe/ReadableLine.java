package dev.visco.image.probe;

/** Texts of strangers in messages. */
final class ReadableLine {
  private ReadableLine() {}

  /** One short line without control characters. */
  static String of(String text) {
    String line = text.strip().replaceAll("\\s+", " ").replaceAll("[^ -~\\p{L}]", "?");
    return line.length() > 160 ? line.substring(0, 160) + "…" : line;
  }
}
