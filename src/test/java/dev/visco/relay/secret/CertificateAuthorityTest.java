package dev.visco.relay.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an authority certifies, and for whom others believe it. */
class CertificateAuthorityTest {
  private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");
  private static final Duration VALID = Duration.ofDays(30);
  private final CertificateAuthority authority =
      CertificateAuthority.make(
          "Visco github of alice", List.of("api.github.com", "github.com"), NOW, new Random(1));
  @TempDir private Path folder;

  private X509Certificate issued(String host, Instant at) throws Exception {
    return authority.issue(host, at, VALID, new Random(2)).certificate();
  }

  /**
   * The JDK looks at constraints of certificates of the path alone, and not at those of what is
   * trusted: so the authority's own certificate is in the path, below its name and key.
   */
  private void validate(X509Certificate certificate, Instant at) throws Exception {
    X509Certificate own = authority.certificate();
    var anchor = new TrustAnchor(own.getSubjectX500Principal(), own.getPublicKey(), null);
    var parameters = new PKIXParameters(Set.of(anchor));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(at));
    var path = CertificateFactory.getInstance("X.509").generateCertPath(List.of(certificate, own));
    CertPathValidator.getInstance("PKIX").validate(path, parameters);
  }

  @Test
  void itCertifiesItsHostsForAMonth() throws Exception {
    X509Certificate one = issued("api.github.com", NOW);
    validate(one, NOW);
    validate(one, NOW.minus(Duration.ofHours(20)));
    assertThatThrownBy(() -> validate(one, NOW.plus(VALID).plusSeconds(1)))
        .isInstanceOf(CertPathValidatorException.class);
    assertThat(one.getSubjectAlternativeNames())
        .singleElement()
        .isEqualTo(List.of(2, "api.github.com"));
    assertThat(one.getBasicConstraints()).isNegative();
    assertThat(authority.certificate().getBasicConstraints()).isZero();
  }

  @Test
  void nobodyBelievesItForAnotherHost() throws Exception {
    for (String other : List.of("example.com", "github.com.evil.test", "api.openai.com")) {
      assertThatThrownBy(() -> validate(issued(other, NOW), NOW))
          .as(other)
          .isInstanceOf(CertPathValidatorException.class);
    }
  }

  /** OpenSSL, which most tools in guests have in one form or another. */
  @Test
  void opensslBelievesTheSame() throws Exception {
    Instant now = Instant.now();
    CertificateAuthority current =
        CertificateAuthority.make("now", List.of("api.github.com"), now, new Random(1));
    Path trusted = Files.writeString(folder.resolve("ca.pem"), current.pem());
    for (String host : List.of("api.github.com", "evil.test")) {
      Path leaf =
          Files.writeString(
              folder.resolve("leaf.pem"),
              "-----BEGIN CERTIFICATE-----\n"
                  + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                      .encodeToString(
                          current.issue(host, now, VALID, new Random(3)).certificate().getEncoded())
                  + "\n-----END CERTIFICATE-----\n");
      var result =
          new LinuxHost()
              .run(
                  Command.of(
                      "openssl",
                      "verify",
                      "-x509_strict",
                      "-purpose",
                      "sslserver",
                      "-verify_hostname",
                      host,
                      "-CAfile",
                      trusted.toString(),
                      leaf.toString()));
      assertThat(result.succeeded())
          .as(result.output() + result.error())
          .isEqualTo(host.startsWith("api"));
    }
  }

  @Test
  void itIsReadAgainAsItWasAndGarbageIsNot() throws Exception {
    byte[] encoded = authority.encoded();
    CertificateAuthority again = CertificateAuthority.of(encoded);
    assertThat(again.pem()).isEqualTo(authority.pem());
    validate(again.issue("github.com", NOW, VALID, new Random(4)).certificate(), NOW);
    for (int length : new int[] {0, 3, 4, 40, encoded.length - 1}) {
      assertThatThrownBy(() -> CertificateAuthority.of(Arrays.copyOf(encoded, length)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void longNamesAndTimesAfter2049AreWrittenTheOtherWay() throws Exception {
    String host = "a".repeat(63) + ".github.com";
    Instant late = Instant.parse("2050-06-01T00:00:00Z");
    X509Certificate one = issued(host, late);
    assertThat(one.getSubjectX500Principal().getName()).isEqualTo("CN=visco");
    assertThat(one.getNotAfter().toInstant()).isEqualTo(late.plus(VALID));
  }
}
