package dev.visco.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which distribution a host has, by its os-release. */
class DistributionTest {
  private static final Map<String, String> KERNELS =
      Map.of("debian", "for-debian", "ubuntu", "for-ubuntu", "trixie", "for-trixie");

  private static Distribution of(String... lines) {
    return Distribution.of(String.join("\n", lines) + "\n");
  }

  @Test
  void debianAndUbuntuAreReadAsTheyWriteThemselves() {
    assertThat(of("PRETTY_NAME=\"Debian 12\"", "VERSION_CODENAME=bookworm", "ID=debian").names())
        .containsExactly("bookworm", "debian");
    Distribution ubuntu =
        of("NAME=\"Ubuntu\"", "VERSION_CODENAME=noble", "ID=ubuntu", "ID_LIKE=debian");
    assertThat(ubuntu.names()).containsExactly("noble", "ubuntu", "debian");
    assertThat(ubuntu.release()).isEqualTo("noble");
  }

  @Test
  void aReleaseCountsBeforeItsDistributionAndThatBeforeWhatItIsMadeFrom() {
    assertThat(of("ID=debian", "VERSION_CODENAME=trixie").choose(KERNELS)).contains("for-trixie");
    assertThat(of("ID=debian", "VERSION_CODENAME=bookworm").choose(KERNELS)).contains("for-debian");
    assertThat(of("ID=linuxmint", "ID_LIKE=\"ubuntu debian\"").choose(KERNELS))
        .contains("for-ubuntu");
    assertThat(of("ID=fedora").choose(KERNELS)).isEmpty();
    assertThat(of("# nothing").names()).containsExactly("linux");
  }

  @Test
  void oneWithoutACodeNameCannotBuild() {
    Distribution arch = of("ID=arch");
    assertThatThrownBy(arch::release)
        .isInstanceOf(Refused.class)
        .hasMessageContaining("VERSION_CODENAME");
  }

  /** The shipped recipes name a kernel for both, on whichever this test runs. */
  @Test
  void thisHostIsOne() {
    assertThat(Distribution.ofHost().names()).isNotEmpty();
  }
}
