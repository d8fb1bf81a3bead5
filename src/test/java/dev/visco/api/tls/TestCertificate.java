package dev.visco.api.tls;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.settings.TlsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;

/**
 * A certificate that openssl makes, signed by itself: for localhost, 127.0.0.1 and visco.example,
 * for two days.
 *
 * @param certificate in PEM
 * @param key in PEM, for its owner alone
 */
public record TestCertificate(Path certificate, Path key) {
  private static final LinuxHost HOST = new LinuxHost();

  /** How its key is made and written. */
  public enum KeyForm {
    RSA,
    /** PKCS#1. */
    TRADITIONAL_RSA,
    EC,
    /** SEC1, with the curve's parameters before it. */
    TRADITIONAL_EC,
    ED25519
  }

  /** With an elliptic curve, as most are today. */
  public static TestCertificate in(Path folder) throws IOException {
    return in(folder, KeyForm.EC);
  }

  /**
   * @param folder in which both files are made anew
   */
  public static TestCertificate in(Path folder, KeyForm form) throws IOException {
    Files.createDirectories(folder);
    Path key = folder.resolve("privkey.pem");
    Path certificate = folder.resolve("fullchain.pem");
    switch (form) {
      case RSA, TRADITIONAL_RSA ->
          openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out", key);
      case EC -> openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out", key);
      case TRADITIONAL_EC -> openssl("ecparam -name prime256v1 -genkey -out", key);
      case ED25519 -> openssl("genpkey -algorithm ED25519 -out", key);
    }
    openssl(
        "req -x509 -days 2 -subj /CN=visco -addext"
            + " subjectAltName=DNS:localhost,DNS:visco.example,IP:127.0.0.1 -key "
            + key
            + " -out",
        certificate);
    if (form == KeyForm.TRADITIONAL_RSA) {
      openssl("rsa -traditional -in " + key + " -out", key);
    }
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    return new TestCertificate(certificate, key);
  }

  /** Runs it with words that have no blanks in them. */
  static void openssl(String words, Path out) {
    HOST.check(Command.of(("openssl " + words + " " + out).split(" ")));
  }

  /** As settings. */
  public TlsFiles files() {
    return new TlsFiles(certificate, key, Duration.ZERO);
  }
}
