package dev.visco.vmm.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.Digest;
import dev.visco.model.Transport;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VulnerabilitiesTest {
  private static final Digest DIGEST = new Digest("sha256:" + "0".repeat(64));

  private static Release release(String version, boolean hasJailer) {
    return new Release(
        version,
        Version.of(version),
        Path.of("/firecracker"),
        DIGEST,
        hasJailer ? Path.of("/jailer") : null,
        hasJailer ? DIGEST : null);
  }

  /** What MMIO and PCI are open to, without a jailer and with one. */
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          1.9.1,      '',            '',            CVE-2026-1386
          1.12.1,     '',            '',            CVE-2026-1386
          1.13.0,     '',            CVE-2026-5747, CVE-2026-1386
          1.13.1,     '',            CVE-2026-5747, CVE-2026-1386
          1.13.2,     '',            CVE-2026-5747, ''
          1.14.0,     '',            CVE-2026-5747, CVE-2026-1386
          1.14.1,     '',            CVE-2026-5747, ''
          1.14.3,     '',            CVE-2026-5747, ''
          1.14.4,     '',            '',            ''
          1.15.0,     '',            CVE-2026-5747, ''
          1.15.1,     '',            '',            ''
          1.16.1,     '',            '',            ''
          1.17.0-dev, '',            '',            ''
          """)
  void eachReleaseIsOpenToExactlyWhatIsKnown(
      String version, String mmio, String pci, String jailer) {
    assertThat(ids(release(version, false), Transport.MMIO)).isEqualTo(mmio);
    assertThat(ids(release(version, false), Transport.PCI)).isEqualTo(pci);
    assertThat(ids(release(version, true), Transport.MMIO)).isEqualTo(jailer);
  }

  private static String ids(Release release, Transport transport) {
    return String.join(
        " ", Vulnerabilities.of(release, transport).stream().map(Vulnerability::id).toList());
  }

  @Test
  void eachSaysWhereItWasReadAndARepairedReleaseIsOpenToItNoMore() {
    assertThat(Vulnerabilities.all())
        .hasSizeGreaterThanOrEqualTo(2)
        .allSatisfy(one -> {
          assertThat(one.source()).contains("https://");
          assertThat(one.summary()).isNotBlank();
          assertThat(one.affected()).isNotEmpty();
          assertThat(one.fixed())
              .isNotEmpty()
              .noneMatch(version -> one.affects(version, true, Transport.PCI));
        });
  }

  @Test
  void itsTextNamesTheWayOut() {
    assertThat(Vulnerabilities.of(release("1.13.1", false), Transport.PCI).getFirst().text())
        .isEqualTo(
            "CVE-2026-5747 (firecracker, only with PCI; repaired in 1.14.4, 1.15.1, 1.16.0)");
  }
}
