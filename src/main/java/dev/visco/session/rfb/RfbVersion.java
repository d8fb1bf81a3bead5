package dev.visco.session.rfb;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The versions of RFB (RFC 6143, 7.1.1). */
enum RfbVersion {
  V3_3("RFB 003.003\n"),
  V3_7("RFB 003.007\n"),
  V3_8("RFB 003.008\n");

  /** Length of a version's line in bytes. */
  static final int LENGTH = 12;

  private final String line;

  RfbVersion(String line) {
    this.line = line;
  }

  byte[] line() {
    return line.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * The version to use with a peer that announces this. Versions other than these three are in use:
   * those below 3.7 mean 3.3, and peers above 3.8 (Apple's 3.889, RealVNC's 4 and 5) support 3.8.
   *
   * @return empty if it is no version of RFB
   */
  static Optional<RfbVersion> spokenWith(byte[] said) {
    String text = new String(said, StandardCharsets.ISO_8859_1);
    if (!text.matches("RFB \\d{3}\\.\\d{3}\n")) {
      return Optional.empty();
    }
    int major = Integer.parseInt(text.substring(4, 7));
    int minor = Integer.parseInt(text.substring(8, 11));
    if (major < 3) {
      return Optional.empty();
    }
    if (major > 3 || minor >= 8) {
      return Optional.of(V3_8);
    }
    return Optional.of(minor == 7 ? V3_7 : V3_3);
  }
}
