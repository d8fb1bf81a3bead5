package dev.visco.session.rfb;

import dev.visco.model.Refused;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * The password of a desktop, for VNC authentication (RFC 6143, section 7.2.2), which uses eight
 * bytes at most. It never appears in texts: not even {@link #toString} shows it.
 *
 * @param text exactly 8 printable ASCII characters
 */
public record VncPassword(String text) {
  private static final int LENGTH = 8;

  /** 64 characters, so that eight of them carry 48 bits. */
  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  /**
   * The key with which every VNC server encrypts its password file: {@code fixedkey} of the
   * original vncauth.c. It is public, so that only the file's mode protects the password.
   */
  private static final byte[] FILE_KEY = {23, 82, 107, 6, 35, 78, 88, 7};

  public VncPassword {
    if (!text.matches("[!-~]{" + LENGTH + "}")) {
      throw Refused.invalid(
          "password",
          text.length() + " characters",
          "is no VNC password",
          "Give exactly " + LENGTH + " printable ASCII characters without spaces.");
    }
  }

  /** A new random password. */
  public static VncPassword random(RandomGenerator random) {
    var text = new StringBuilder();
    for (int at = 0; at < LENGTH; at++) {
      text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return new VncPassword(text.toString());
  }

  /** Content of the file for a VNC server's {@code -PasswordFile}: 8 bytes. */
  public byte[] file() {
    return encrypt(FILE_KEY, bytes());
  }

  /**
   * The answer to a server's challenge.
   *
   * @param challenge 16 bytes
   * @return 16 bytes
   */
  public byte[] answer(byte[] challenge) {
    if (challenge.length != 16) {
      throw new IllegalArgumentException("a challenge has 16 bytes, not " + challenge.length);
    }
    return encrypt(bytes(), challenge);
  }

  private byte[] bytes() {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** DES with the bits of each byte of the key reversed (RFC 6143, 7.2.2). */
  private static byte[] encrypt(byte[] key, byte[] plain) {
    byte[] mirrored = Arrays.copyOf(key, LENGTH);
    for (int at = 0; at < LENGTH; at++) {
      mirrored[at] = (byte) (Integer.reverse(mirrored[at]) >>> 24);
    }
    try {
      Cipher cipher = Cipher.getInstance("DES/ECB/NoPadding");
      cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(mirrored, "DES"));
      return cipher.doFinal(plain);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no DES", e);
    }
  }

  @Override
  public String toString() {
    return "VncPassword[hidden]";
  }
}
