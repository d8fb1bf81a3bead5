package dev.visco.api.tls;

import dev.visco.model.Refused;
import dev.visco.settings.Key;
import dev.visco.settings.TlsFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/** Reads a certificate and its key, and refuses what no client would accept. */
public final class CertificateFiles {
  /** A chain of some certificates has 10 KiB. */
  private static final int MAX_BYTES = 1 << 20;

  private static final String BEGIN = "-----BEGIN CERTIFICATE-----";
  private static final String END = "-----END CERTIFICATE-----";

  private CertificateFiles() {}

  /**
   * What the files have.
   *
   * @throws Refused with the setting, the file and what to do about it
   */
  public static ServerCertificate read(TlsFiles files, Instant now) {
    List<X509Certificate> chain = chain(files.certificate());
    requireTime(files.certificate(), chain.getFirst(), now);
    String text = new String(bytes(Key.TLS_KEY, files.key()), StandardCharsets.ISO_8859_1);
    requirePrivate(files.key());
    return new ServerCertificate(chain, key(files, text, chain.getFirst()));
  }

  private static Refused refused(Key key, Path file, String why, String remedy) {
    return Refused.invalid(key.path(), file.toString(), why, remedy);
  }

  private static byte[] bytes(Key key, Path file) {
    try (var in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length <= MAX_BYTES) {
        return bytes;
      }
    } catch (NoSuchFileException e) {
      throw refused(key, file, "is not there", "Give the path of a PEM file.");
    } catch (IOException e) {
      throw refused(
          key,
          file,
          "cannot be read (" + e.getMessage() + ")",
          "Give a PEM file that root may read.");
    }
    throw refused(key, file, "is larger than 1 MiB", "Give a PEM file.");
  }

  private static List<X509Certificate> chain(Path file) {
    byte[] bytes = bytes(Key.TLS_CERTIFICATE, file);
    String why = "there is none in it";
    try {
      List<X509Certificate> chain =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(certificates(bytes)))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (!chain.isEmpty()) {
        return chain;
      }
    } catch (CertificateException e) {
      why = e.getMessage() + "";
    }
    throw refused(
        Key.TLS_CERTIFICATE,
        file,
        "is no certificate (" + why + ")",
        "Give a PEM file with the server's certificate first, like certbot's fullchain.pem.");
  }

  /** These alone: a key may be in the same file. */
  private static byte[] certificates(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    var found = new StringBuilder();
    for (int at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at + 1)) {
      int end = text.indexOf(END, at);
      found.append(text, at, end < 0 ? text.length() : end + END.length()).append('\n');
    }
    return found.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void requireTime(Path file, X509Certificate leaf, Instant now) {
    Instant begin = leaf.getNotBefore().toInstant();
    Instant end = leaf.getNotAfter().toInstant();
    if (now.isAfter(end)) {
      throw refused(Key.TLS_CERTIFICATE, file, "has expired on " + end, "Renew the certificate.");
    }
    if (now.isBefore(begin)) {
      throw refused(
          Key.TLS_CERTIFICATE,
          file,
          "is not valid before " + begin,
          "Check the host's clock, or give another certificate.");
    }
  }

  /** A key that other logins of the host can read is no secret. */
  private static void requirePrivate(Path file) {
    try {
      Path real = file.toRealPath();
      boolean isOpen =
          Files.getPosixFilePermissions(real).contains(PosixFilePermission.OTHERS_READ);
      for (Path folder = real.getParent(); folder != null && isOpen; folder = folder.getParent()) {
        isOpen = Files.getPosixFilePermissions(folder).contains(PosixFilePermission.OTHERS_EXECUTE);
      }
      if (isOpen) {
        throw refused(
            Key.TLS_KEY,
            file,
            "can be read by every login of this host",
            "Take that right away: chmod 600 " + real);
      }
    } catch (IOException e) {
      throw refused(
          Key.TLS_KEY,
          file,
          "cannot be read (" + e.getMessage() + ")",
          "Give a PEM file that root may read.");
    }
  }

  private static PrivateKey key(TlsFiles files, String text, X509Certificate leaf) {
    try {
      PrivateKey key = PemKey.read(text, leaf.getPublicKey());
      if (PemKey.belongs(key, leaf.getPublicKey())) {
        return key;
      }
    } catch (GeneralSecurityException e) {
      throw refused(
          Key.TLS_KEY,
          files.key(),
          "has no key that is of use: it " + e.getMessage(),
          "Give the certificate's key in PEM, without a password: openssl pkey -in KEY -out NEW");
    }
    throw refused(
        Key.TLS_KEY,
        files.key(),
        "does not belong to the certificate in " + files.certificate(),
        "Give the key that the certificate was made for.");
  }
}
