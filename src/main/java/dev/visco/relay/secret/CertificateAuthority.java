package dev.visco.relay.secret;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * An authority for the certificates of a few hosts. Its own certificate says for which (name
 * constraints, RFC 5280, section 4.2.1.10), so that whoever trusts it trusts no other host by it.
 * Bouncy Castle writes certificates, for which the JDK has no public way; the JDK reads them.
 */
public final class CertificateAuthority {
  private static final Duration AUTHORITY = Duration.ofDays(3650);

  /** Clocks of guests may be behind. */
  private static final Duration BEFORE = Duration.ofDays(1);

  private static final String ALGORITHM = "SHA256withECDSA";
  private static final int MAX_COMMON_NAME = 64;
  private static final int MAX_PART = 16_384;

  private final PrivateKey key;
  private final X509Certificate certificate;

  private CertificateAuthority(PrivateKey key, X509Certificate certificate) {
    this.key = key;
    this.certificate = certificate;
  }

  /** A certificate with its key. */
  record Issued(PrivateKey key, X509Certificate certificate) {}

  /**
   * Makes one.
   *
   * @param name for people, without characters that have a meaning in a distinguished name
   * @param hosts the only ones that it may certify, and names below them
   */
  public static CertificateAuthority make(
      String name, List<String> hosts, Instant now, RandomGenerator random) {
    try {
      KeyPair pair = keys();
      var subject = new X500Principal("CN=" + name);
      X509v3CertificateBuilder begun =
          begun(subject, subject, now, now.plus(AUTHORITY), pair.getPublic(), random);
      X509Certificate made = signed(ofAuthority(begun, hosts, pair.getPublic()), pair.getPrivate());
      return new CertificateAuthority(pair.getPrivate(), made);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate could not be made", e);
    }
  }

  /**
   * Reads what {@link #encoded} has written.
   *
   * @throws IllegalArgumentException when it is not that
   */
  public static CertificateAuthority of(byte[] encoded) {
    byte[] key = {};
    try {
      ByteBuffer in = ByteBuffer.wrap(encoded);
      key = part(in);
      var certificate = read(part(in));
      PrivateKey read = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(key));
      return new CertificateAuthority(read, certificate);
    } catch (GeneralSecurityException | BufferUnderflowException e) {
      throw new IllegalArgumentException("it is no authority", e);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  private static byte[] part(ByteBuffer in) {
    int length = in.getInt();
    if (length < 1 || length > MAX_PART) {
      throw new IllegalArgumentException("it is no authority");
    }
    byte[] part = new byte[length];
    in.get(part);
    return part;
  }

  /** Its key and its certificate; the caller zeroes it. */
  public byte[] encoded() {
    byte[] secret = key.getEncoded();
    try {
      byte[] shown = certificate.getEncoded();
      return ByteBuffer.allocate(8 + secret.length + shown.length)
          .putInt(secret.length)
          .put(secret)
          .putInt(shown.length)
          .put(shown)
          .array();
    } catch (CertificateException e) {
      throw new IllegalStateException(e);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  /** Its own certificate, which is no secret. */
  public X509Certificate certificate() {
    return certificate;
  }

  /** The same in PEM. */
  public String pem() {
    try {
      String body =
          Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded());
      return "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n";
    } catch (CertificateException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A certificate for one of its hosts, with a key of its own. */
  Issued issue(String host, Instant now, Duration valid, RandomGenerator random)
      throws GeneralSecurityException {
    KeyPair pair = keys();
    var subject = new X500Principal("CN=" + (host.length() > MAX_COMMON_NAME ? "visco" : host));
    X509v3CertificateBuilder begun =
        begun(
            certificate.getSubjectX500Principal(),
            subject,
            now,
            now.plus(valid),
            pair.getPublic(),
            random);
    X509Certificate made =
        signed(ofHost(begun, host, pair.getPublic(), certificate.getPublicKey()), key);
    made.verify(certificate.getPublicKey());
    return new Issued(pair.getPrivate(), made);
  }

  private static KeyPair keys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  /** A certificate that is to be signed. */
  private static X509v3CertificateBuilder begun(
      X500Principal issuer,
      X500Principal subject,
      Instant now,
      Instant end,
      PublicKey own,
      RandomGenerator random) {
    byte[] serial = new byte[16];
    random.nextBytes(serial);
    return new JcaX509v3CertificateBuilder(
        issuer,
        new BigInteger(1, serial).setBit(0),
        Date.from(now.minus(BEFORE)),
        Date.from(end),
        subject,
        own);
  }

  private static X509Certificate signed(X509v3CertificateBuilder begun, PrivateKey by)
      throws GeneralSecurityException {
    try {
      return read(begun.build(new JcaContentSignerBuilder(ALGORITHM).build(by)).getEncoded());
    } catch (OperatorCreationException | IOException e) {
      throw new GeneralSecurityException(e);
    }
  }

  private static X509Certificate read(byte[] encoded) throws CertificateException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(encoded));
  }

  private static X509v3CertificateBuilder ofHost(
      X509v3CertificateBuilder begun, String host, PublicKey own, PublicKey issuer)
      throws GeneralSecurityException {
    try {
      var identifiers = new JcaX509ExtensionUtils();
      return begun
          .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
          .addExtension(
              Extension.extendedKeyUsage,
              false,
              new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
          .addExtension(
              Extension.subjectAlternativeName,
              false,
              new GeneralNames(new GeneralName(GeneralName.dNSName, host)))
          .addExtension(
              Extension.subjectKeyIdentifier, false, identifiers.createSubjectKeyIdentifier(own))
          .addExtension(
              Extension.authorityKeyIdentifier,
              false,
              identifiers.createAuthorityKeyIdentifier(issuer));
    } catch (CertIOException e) {
      throw new GeneralSecurityException(e);
    }
  }

  private static X509v3CertificateBuilder ofAuthority(
      X509v3CertificateBuilder begun, List<String> hosts, PublicKey own)
      throws GeneralSecurityException {
    GeneralSubtree[] permitted =
        hosts.stream()
            .map(host -> new GeneralSubtree(new GeneralName(GeneralName.dNSName, host)))
            .toArray(GeneralSubtree[]::new);
    // Names alone: no address of either kind.
    GeneralSubtree[] excluded =
        Stream.of(new byte[8], new byte[32]) // An address of each kind, and its mask.
            .map(all -> new GeneralName(GeneralName.iPAddress, new DEROctetString(all)))
            .map(GeneralSubtree::new)
            .toArray(GeneralSubtree[]::new);
    try {
      return begun
          .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
          .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign))
          .addExtension(Extension.nameConstraints, true, new NameConstraints(permitted, excluded))
          .addExtension(
              Extension.subjectKeyIdentifier,
              false,
              new JcaX509ExtensionUtils().createSubjectKeyIdentifier(own));
    } catch (CertIOException e) {
      throw new GeneralSecurityException(e);
    }
  }
}
