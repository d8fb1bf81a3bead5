package dev.visco.model;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** A SHA-256 digest, written {@code sha256:} and 64 hexadecimal digits. */
public record Digest(String value) {
  private static final Pattern FORM = Pattern.compile("sha256:[0-9a-f]{64}");

  public Digest {
    Text.matching("digest", value, FORM, "sha256: and 64 hexadecimal digits");
  }

  /** The digest of these bytes. */
  public static Digest of(byte[] bytes) {
    MessageDigest sum = sha256();
    sum.update(bytes);
    return of(sum);
  }

  /** The digest of everything that {@code sum} was updated with; resets {@code sum}. */
  public static Digest of(MessageDigest sum) {
    return new Digest("sha256:" + HexFormat.of().formatHex(sum.digest()));
  }

  /** A new SHA-256 computation, for bytes that come in pieces. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
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
