package dev.visco.image.oci;

import dev.visco.model.Refused;

/** Refusals of container images: which part of the image, and what is wrong with it. */
final class OciRefusal {
  /** The field of the request that named the image. */
  static final String FIELD = "oci";

  private static final int MAX_VALUE = 200;

  private OciRefusal() {}

  /** The image is damaged, hostile or of a kind that is not known here. */
  static Refused of(String value, String reason, String remedy) {
    return Refused.invalid(FIELD, printable(value), reason, remedy);
  }

  /** A layer does not keep to the format or the bounds. */
  static Refused layer(String value, String reason) {
    return of(value, reason, "Build the image anew, or fetch it again.");
  }

  /** One short line without control characters: names in an image are chosen by a stranger. */
  static String printable(String text) {
    String line = text.replaceAll("[\\p{Cntrl}\\p{Cf}]", "?");
    return line.length() > MAX_VALUE ? line.substring(0, MAX_VALUE) + "…" : line;
  }
}
