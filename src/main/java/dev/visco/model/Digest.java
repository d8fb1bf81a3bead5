package dev.visco.model;

import java.util.regex.Pattern;

/** A SHA-256 digest, written {@code sha256:} and 64 hexadecimal digits. */
public record Digest(String value) {
  private static final Pattern FORM = Pattern.compile("sha256:[0-9a-f]{64}");

  public Digest {
    Text.matching("digest", value, FORM, "sha256: and 64 hexadecimal digits");
  }

  /** The 64 digits alone: a file name. */
  public String hex() {
    return value.substring("sha256:".length());
  }

  /** The first 12 digits, for people. */
  public String brief() {
    return hex().substring(0, 12);
  }

  @Override
  public String toString() {
    return value;
  }
}
