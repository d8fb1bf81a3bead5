package dev.visco.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.CommandResult;
import dev.visco.host.HostFault;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AptSourcesTest {
  private static final String STANZAS =
      """
      Types: deb
      # the distribution's own
      URIs: http://mirror.example/debian
      Suites: bookworm bookworm-updates
      Components: main contrib
      Signed-By: /usr/share/keyrings/debian.gpg

      Types: deb
      URIs: http://other.example/app
      Suites: nodistro
      Components: main

      Types: deb
      URIs: http://mirror.example/next
      Suites: trixie
      Components: main

      Types: deb-src
      URIs: http://mirror.example/debian
      Suites: bookworm
      Components: main

      Enabled: no
      Types: deb
      URIs: http://mirror.example/off
      Suites: bookworm
      Components: main

      Types: deb
      URIs: http://containers.example/linux
      Suites: bookworm
      Components: stable

      Types: deb
      URIs: http://arm.example/debian
      Suites: bookworm
      Components: main
      Architectures: arm64

      types: deb
      uris: http://mirror.example/security
      suites:
       bookworm-security
      components: main
      signed-by:
       -----BEGIN PGP PUBLIC KEY BLOCK-----
       .
       abc
      """;

  private static final String LINES =
      """
      # deb http://mirror.example/commented bookworm main
      deb http://mirror.example/debian bookworm main # the base
      deb [arch=amd64,i386 signed-by=/usr/share/keyrings/debian.gpg] http://mirror.example/s bookworm-security main non-free
      deb [arch=arm64] http://mirror.example/arm bookworm main
      deb-src http://mirror.example/debian bookworm main
      deb https://packages.example/apt cloud-sdk-bookworm main
      deb https://containers.example/linux bookworm stable
      deb http://mirror.example/next trixie main
      """;

  @TempDir Path folder;

  @Test
  void keepsTheReleasesOwnStanzasWordForWord() {
    String kept = AptSources.ownStanzas(STANZAS, "bookworm");
    assertThat(kept)
        .contains("Suites: bookworm bookworm-updates")
        .contains("Signed-By: /usr/share/keyrings/debian.gpg")
        .contains("uris: http://mirror.example/security")
        .contains(" -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc");
    assertThat(kept)
        .doesNotContain("nodistro", "trixie", "deb-src", "/off", "containers", "arm.example");
  }

  @Test
  void keepsTheReleasesOwnLinesWordForWord() {
    assertThat(AptSources.ownLines(LINES, "bookworm"))
        .isEqualTo(
            """
            deb http://mirror.example/debian bookworm main # the base
            deb [arch=amd64,i386 signed-by=/usr/share/keyrings/debian.gpg] http://mirror.example/s bookworm-security main non-free
            """);
  }

  @Test
  void aForeignLineDoesNotTakeItsNeighboursAway() throws IOException {
    Path apt = Files.createDirectory(folder.resolve("apt"));
    Files.writeString(apt.resolve("sources.list"), LINES);
    Path more = Files.createDirectory(apt.resolve("sources.list.d"));
    Files.writeString(more.resolve("debian.sources"), STANZAS);
    Files.writeString(more.resolve("other.list"), "deb http://other.example/x stable main\n");
    Files.writeString(more.resolve("debian.sources.save"), STANZAS);
    Path copies = Files.createDirectory(folder.resolve("copies"));
    assertThat(AptSources.write(apt, "bookworm", copies))
        .containsExactly(copies.resolve("sources.list"), copies.resolve("debian.sources"));
    assertThat(copies.resolve("debian.sources")).content().doesNotContain("nodistro");
  }

  @Test
  void refusesAHostWithoutSourcesOfItsRelease() throws IOException {
    Path apt = Files.createDirectory(folder.resolve("apt"));
    Files.writeString(apt.resolve("sources.list"), LINES);
    assertThatThrownBy(() -> AptSources.write(apt, "forky", folder))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is of the release forky");
  }

  @Test
  void whatAptIsToldNotToCheckIsNamed(@TempDir Path folder) throws IOException {
    Path lines =
        Files.writeString(
            folder.resolve("a.list"),
            """
            deb [arch=amd64 trusted=yes] http://mirror.example/debian bookworm main
            deb [check-valid-until=no] http://mirror.example/debian bookworm-updates main
            deb [trusted=no] http://mirror.example/debian bookworm-security main
            """);
    Path stanzas =
        Files.writeString(
            folder.resolve("b.sources"),
            "Types: deb\nURIs: http://trusted.example/yes\nAllow-Insecure: yes\nSuites: x\n");
    assertThat(AptSources.unchecked(java.util.List.of(lines, stanzas)))
        .containsExactly(
            "trusted=yes in a.list",
            "check-valid-until=no in a.list",
            "Allow-Insecure: yes in b.sources");
  }

  @Test
  void listsThatAreTooOldAreRefusedWithARemedy() {
    String said =
        "E: Release file for http://mirror.example/debian/dists/bookworm-security/InRelease is expired"
            + " (invalid since 2d 3h). Updates for this repository will not be applied.";
    assertThat(Bootstrap.failed(new CommandResult(25, "", "I: x\n" + said + "\nE: apt failed")))
        .isInstanceOfSatisfying(
            Refused.class,
            refused -> {
              assertThat(refused.refusal().detail()).contains(said);
              assertThat(refused.refusal().remedy()).contains("check-valid-until=no");
            });
    assertThat(Bootstrap.failed(new CommandResult(25, "", "E: no such package")))
        .isInstanceOf(HostFault.class)
        .hasMessage("mmdebstrap ended with 25: E: no such package");
  }
}
