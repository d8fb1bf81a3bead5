package dev.visco.api.tls;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;

/**
 * A private key in PEM: PKCS#8, or one of the two traditional forms, PKCS#1 of RSA and SEC1 of
 * elliptic curves. The JDK reads the first alone; the others are put into it, together with what
 * the certificate says of the kind of its key.
 */
final class PemKey {
  private static final String BEGIN = "-----BEGIN ";
  private static final String DASHES = "-----";
  private static final int SEQUENCE = 0x30;
  private static final int OCTETS = 0x04;
  private static final byte[] VERSION = {0x02, 0x01, 0x00};

  private PemKey() {}

  /**
   * Reads the first key of a text.
   *
   * @param of the certificate's
   * @throws GeneralSecurityException with words that finish "the key …"
   */
  static PrivateKey read(String text, PublicKey of) throws GeneralSecurityException {
    for (int at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at + 1)) {
      int label = at + BEGIN.length();
      String kind = text.substring(label, Math.max(label, text.indexOf(DASHES, label)));
      int end = text.indexOf("-----END " + kind + DASHES, label);
      if (!kind.endsWith("PRIVATE KEY") || end < 0) {
        continue;
      }
      String body = text.substring(label + kind.length() + DASHES.length(), end);
      if (kind.startsWith("ENCRYPTED") || body.contains("ENCRYPTED")) {
        throw new GeneralSecurityException("is encrypted");
      }
      return of(kind, body, of);
    }
    throw new GeneralSecurityException("is not there: the file has no private key in PEM");
  }

  private static PrivateKey of(String kind, String body, PublicKey of)
      throws GeneralSecurityException {
    byte[] bytes;
    try {
      bytes = Base64.getMimeDecoder().decode(body.strip());
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("is damaged", e);
    }
    byte[] pkcs8 =
        switch (kind) {
          case "PRIVATE KEY" -> bytes;
          case "RSA PRIVATE KEY", "EC PRIVATE KEY" -> wrapped(bytes, of);
          default -> throw new GeneralSecurityException("is in a form that is not read: " + kind);
        };
    try {
      return KeyFactory.getInstance(of.getAlgorithm())
          .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    } catch (GeneralSecurityException e) {
      throw new GeneralSecurityException(
          "is damaged, or no " + of.getAlgorithm() + " key as the certificate's", e);
    }
  }

  /** As PKCS#8 (RFC 5208, 5): version, kind, and the key itself. */
  private static byte[] wrapped(byte[] traditional, PublicKey of) throws GeneralSecurityException {
    var content = new ByteArrayOutputStream();
    content.writeBytes(VERSION);
    content.writeBytes(firstPart(of.getEncoded()));
    content.writeBytes(element(OCTETS, traditional));
    return element(SEQUENCE, content.toByteArray());
  }

  /** What kind of key it is: the first part of a public key (RFC 5280, 4.1.2.7). */
  private static byte[] firstPart(byte[] publicKey) throws GeneralSecurityException {
    int begin = contentOf(publicKey, 0);
    int content = contentOf(publicKey, begin);
    int length = publicKey[begin + 1] & 0xff;
    if (length >= 0x80) {
      throw new GeneralSecurityException("is of a kind that is not known");
    }
    return Arrays.copyOfRange(publicKey, begin, content + length);
  }

  /** Where the content of an element begins. */
  private static int contentOf(byte[] der, int at) {
    int length = der[at + 1] & 0xff;
    return at + 2 + (length < 0x80 ? 0 : length - 0x80);
  }

  private static byte[] element(int tag, byte[] content) {
    var element = new ByteArrayOutputStream();
    element.write(tag);
    int length = content.length;
    if (length >= 0x80) {
      int bytes = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
      element.write(0x80 | bytes);
      for (int at = bytes - 1; at >= 0; at--) {
        element.write(length >> (8 * at));
      }
    } else {
      element.write(length);
    }
    element.writeBytes(content);
    return element.toByteArray();
  }

  /** Whether what one signs the other verifies. */
  static boolean belongs(PrivateKey key, PublicKey certificates) throws GeneralSecurityException {
    String kind =
        switch (certificates.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          case "EdDSA" -> "EdDSA";
          default ->
              throw new GeneralSecurityException(
                  "is of the kind "
                      + certificates.getAlgorithm()
                      + ", and only RSA, EC and EdDSA are known");
        };
    byte[] text = {1, 2, 3};
    Signature signing = Signature.getInstance(kind);
    signing.initSign(key);
    signing.update(text);
    Signature verifying = Signature.getInstance(kind);
    verifying.initVerify(certificates);
    verifying.update(text);
    return verifying.verify(signing.sign());
  }
}
