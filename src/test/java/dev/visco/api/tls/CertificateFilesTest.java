package dev.visco.api.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.api.tls.TestCertificate.KeyForm;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.settings.TlsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is read of certificates and keys, and each reason for which they are refused. */
class CertificateFilesTest {
  @TempDir private Path folder;
  private TestCertificate made;

  @BeforeEach
  void make() throws IOException {
    made = TestCertificate.in(folder);
  }

  private static ServerCertificate read(TlsFiles files) {
    return CertificateFiles.read(files, Instant.now());
  }

  private static void refused(TlsFiles files, Instant now, String field, Path value, String why) {
    assertThatThrownBy(() -> CertificateFiles.read(files, now))
        .isInstanceOfSatisfying(
            Refused.class,
            refused -> {
              var invalid = (Refusal.Invalid) refused.refusal();
              assertThat(invalid.field()).isEqualTo(field);
              assertThat(invalid.value()).isEqualTo(value.toString());
              assertThat(invalid.reason()).contains(why);
              assertThat(invalid.advice().toString()).isNotBlank();
            });
  }

  private void refused(String field, Path value, String why) {
    refused(made.files(), Instant.now(), field, value, why);
  }

  @ParameterizedTest
  @EnumSource
  void everyFormOfAKeyIsRead(KeyForm form) throws IOException {
    ServerCertificate read = read(TestCertificate.in(folder.resolve("other"), form).files());
    assertThat(read.names()).containsExactly("localhost", "visco.example", "127.0.0.1");
    assertThat(read.toString()).startsWith("localhost, visco.example, 127.0.0.1 until 2");
    assertThat(read.endsSoon(Instant.now())).isFalse();
    assertThat(read.endsSoon(Instant.now().plus(Duration.ofHours(40)))).isTrue();
  }

  @Test
  void bothMayBeInOneFile() throws IOException {
    Path both = folder.resolve("both.pem");
    Files.writeString(both, Files.readString(made.certificate()) + Files.readString(made.key()));
    Files.setPosixFilePermissions(both, PosixFilePermissions.fromString("rw-------"));
    assertThat(read(new TlsFiles(both, both, Duration.ZERO)).names()).contains("localhost");
  }

  @Test
  void aChainBeginsWithTheServersOwn() throws IOException {
    Path other = TestCertificate.in(folder.resolve("ca")).certificate();
    Files.writeString(
        made.certificate(), Files.readString(made.certificate()) + Files.readString(other));
    assertThat(read(made.files()).chain()).hasSize(2);
    Files.writeString(
        made.certificate(), Files.readString(other) + Files.readString(made.certificate()));
    refused("tls.key", made.key(), "does not belong to the certificate");
  }

  @Test
  void filesThatAreNotThere() throws IOException {
    Files.delete(made.key());
    refused("tls.key", made.key(), "is not there");
    Files.delete(made.certificate());
    refused("tls.certificate", made.certificate(), "is not there");
    Files.createDirectory(made.certificate());
    refused("tls.certificate", made.certificate(), "cannot be read");
  }

  @Test
  void filesThatAreNoCertificate() throws IOException {
    Files.writeString(made.certificate(), "");
    refused("tls.certificate", made.certificate(), "there is none in it");
    Files.writeString(made.certificate(), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END");
    refused("tls.certificate", made.certificate(), "is no certificate");
    Files.write(made.certificate(), new byte[(1 << 20) + 1]);
    refused("tls.certificate", made.certificate(), "larger than 1 MiB");
  }

  @Test
  void aCertificateOfAnotherTime() {
    Instant later = Instant.now().plus(Duration.ofDays(3));
    refused(made.files(), later, "tls.certificate", made.certificate(), "has expired on 2");
    Instant before = Instant.now().minus(Duration.ofDays(1));
    refused(made.files(), before, "tls.certificate", made.certificate(), "is not valid before 2");
  }

  @Test
  void keysThatAreOfNoUse() throws IOException {
    String key = Files.readString(made.key());
    Files.copy(made.certificate(), made.key(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.setPosixFilePermissions(made.key(), PosixFilePermissions.fromString("rw-------"));
    refused("tls.key", made.key(), "has no private key in PEM");
    Files.writeString(made.key(), key.replaceFirst("\n[^\n]{20}", "\n!!"));
    refused("tls.key", made.key(), "damaged");
    Files.writeString(made.key(), key.replace("PRIVATE", "OPENSSH PRIVATE"));
    refused("tls.key", made.key(), "a form that is not read: OPENSSH");
    Files.writeString(made.key(), key);
    Path encrypted = folder.resolve("encrypted.pem");
    TestCertificate.openssl("pkey -aes128 -passout pass:x -in " + made.key() + " -out", encrypted);
    Files.writeString(made.key(), Files.readString(encrypted));
    refused("tls.key", made.key(), "is encrypted");
  }

  @Test
  void aKeyOfAnotherCertificate() throws IOException {
    TestCertificate other = TestCertificate.in(folder.resolve("other"));
    Files.writeString(made.key(), Files.readString(other.key()));
    refused("tls.key", made.key(), "does not belong to the certificate in " + made.certificate());
    TestCertificate rsa = TestCertificate.in(folder.resolve("rsa"), KeyForm.TRADITIONAL_RSA);
    Files.writeString(made.key(), Files.readString(rsa.key()));
    refused("tls.key", made.key(), "no EC key");
  }

  @Test
  void aKeyThatEverybodyReads() throws IOException {
    Files.setPosixFilePermissions(made.key(), PosixFilePermissions.fromString("rw-r--r--"));
    Path parent = folder.toRealPath();
    Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwx------"));
    assertThat(read(made.files()).names()).as("nobody gets there").isNotEmpty();
    Path open = Files.createTempDirectory(Path.of("/tmp"), "visco-open");
    try {
      Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
      Path key = open.resolve("key.pem");
      Files.writeString(key, Files.readString(made.key()));
      Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
      Path link = Files.createSymbolicLink(folder.resolve("link.pem"), key);
      refused(
          new TlsFiles(made.certificate(), link, Duration.ZERO),
          Instant.now(),
          "tls.key",
          link,
          "can be read by every login");
    } finally {
      Files.deleteIfExists(open.resolve("key.pem"));
      Files.delete(open);
    }
  }
}
