package dev.visco.vault;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** AES-256-GCM: a byte for the format, a nonce of 96 bits, the ciphertext and a tag of 128 bits. */
final class Sealing {
  private static final byte FORMAT = 1;
  private static final int NONCE = 12;
  private static final int TAG_BITS = 128;
  private static final int HEAD = 1 + NONCE;

  private Sealing() {}

  /** What is not as it was sealed. */
  static final class Damaged extends Exception {
    private static final long serialVersionUID = 1;

    Damaged(String message) {
      super(message);
    }
  }

  /**
   * Encrypts.
   *
   * @param context has to be the same to decrypt it (associated data)
   */
  static byte[] seal(byte[] key, byte[] plain, byte[] context, RandomGenerator random) {
    byte[] nonce = new byte[NONCE];
    random.nextBytes(nonce);
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, nonce, context);
      byte[] sealed = new byte[HEAD + cipher.getOutputSize(plain.length)];
      sealed[0] = FORMAT;
      System.arraycopy(nonce, 0, sealed, 1, NONCE);
      int length = cipher.doFinal(plain, 0, plain.length, sealed, HEAD);
      return Arrays.copyOf(sealed, HEAD + length);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK has no AES-256-GCM", e);
    }
  }

  /** Decrypts; the result is to be zeroed by the caller. */
  static byte[] open(byte[] key, byte[] sealed, byte[] context) throws Damaged {
    if (sealed.length < HEAD + TAG_BITS / Byte.SIZE) {
      throw new Damaged("it is cut off");
    }
    if (sealed[0] != FORMAT) {
      throw new Damaged("its format " + sealed[0] + " is not known");
    }
    try {
      Cipher cipher =
          cipher(Cipher.DECRYPT_MODE, key, Arrays.copyOfRange(sealed, 1, HEAD), context);
      return cipher.doFinal(sealed, HEAD, sealed.length - HEAD);
    } catch (AEADBadTagException e) {
      throw new Damaged("it is not as it was encrypted");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK has no AES-256-GCM", e);
    }
  }

  private static Cipher cipher(int mode, byte[] key, byte[] nonce, byte[] context)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(context);
    return cipher;
  }
}
