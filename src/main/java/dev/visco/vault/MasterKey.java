package dev.visco.vault;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key that all other keys are encrypted with. It encrypts nothing itself: for each of them a
 * key is derived from it by HKDF-SHA256 (RFC 5869) with a salt of its own, so that no nonce is ever
 * used twice with one key.
 */
final class MasterKey implements AutoCloseable {
  /** The length of a master key, and of all keys. */
  static final int BYTES = 32;

  private static final int SALT = 32;
  private static final int ID = 16;
  private static final byte[] CHECK = ascii("vault: check");

  private final byte[] key;
  private final String id;

  /**
   * @param key {@value #BYTES} bytes; belongs to this object from then on
   */
  MasterKey(byte[] key) {
    if (key.length != BYTES) {
      throw new IllegalArgumentException("a master key has " + BYTES + " bytes");
    }
    this.key = key;
    this.id = check();
  }

  static MasterKey random(RandomGenerator random) {
    byte[] key = new byte[BYTES];
    random.nextBytes(key);
    return new MasterKey(key);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** An HMAC of a constant, by which a wrong key is recognized before anything is decrypted. */
  private String check() {
    byte[] derived = derive(new byte[0], CHECK);
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(derived, "HmacSHA256"));
      return HexFormat.of().formatHex(Arrays.copyOf(mac.doFinal(CHECK), ID));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK has no HMAC-SHA256", e);
    } finally {
      Arrays.fill(derived, (byte) 0);
    }
  }

  private byte[] derive(byte[] salt, byte[] purpose) {
    try {
      return KDF.getInstance("HKDF-SHA256")
          .deriveData(
              HKDFParameterSpec.ofExtract().addIKM(key).addSalt(salt).thenExpand(purpose, BYTES));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK has no HKDF-SHA256", e);
    }
  }

  /** Tells master keys apart, and tells nothing else of them: 32 hexadecimal digits. */
  String id() {
    return id;
  }

  /** A copy of the key, for its file; to be zeroed by the caller. */
  byte[] bytes() {
    return key.clone();
  }

  /** Encrypts a secret's key for whom it belongs to. */
  byte[] wrap(byte[] secretKey, byte[] context, RandomGenerator random) {
    byte[] salt = new byte[SALT];
    random.nextBytes(salt);
    byte[] derived = derive(salt, context);
    try {
      byte[] sealed = Sealing.seal(derived, secretKey, context, random);
      byte[] wrapped = Arrays.copyOf(salt, SALT + sealed.length);
      System.arraycopy(sealed, 0, wrapped, SALT, sealed.length);
      return wrapped;
    } finally {
      Arrays.fill(derived, (byte) 0);
    }
  }

  /**
   * The secret's key; to be zeroed by the caller.
   *
   * @throws Sealing.Damaged when it was wrapped by another key, for somebody else, or was changed
   */
  byte[] unwrap(byte[] wrapped, byte[] context) throws Sealing.Damaged {
    if (wrapped.length < SALT) {
      throw new Sealing.Damaged("the key is cut off");
    }
    byte[] derived = derive(Arrays.copyOf(wrapped, SALT), context);
    try {
      return Sealing.open(derived, Arrays.copyOfRange(wrapped, SALT, wrapped.length), context);
    } finally {
      Arrays.fill(derived, (byte) 0);
    }
  }

  @Override
  public String toString() {
    return "master key " + id;
  }

  /** Zeroes it. */
  @Override
  public void close() {
    Arrays.fill(key, (byte) 0);
  }
}
