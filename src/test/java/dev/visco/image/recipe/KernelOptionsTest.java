package dev.visco.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.ResourceText;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The options of a kernel, and what a source makes of them. */
class KernelOptionsTest {
  /** What a real source has made of those of the kernel lean. */
  static final String MADE = ResourceText.of(KernelOptionsTest.class, "lean-6.1.192.config");

  private static KernelRecipe lean() {
    return new KernelFiles(List.of(Path.of("images").toAbsolutePath())).read("lean");
  }

  @Test
  void aSourceTakesAllOptionsOfLeanAsTheyStandThere() {
    assertThat(KernelOptions.of(lean().configuration()).otherwise(MADE)).isEmpty();
  }

  @Test
  void leanHasBuiltInWhatAGuestOfOursBootsBy() {
    assertThat(KernelPackage.thatMatter(KernelPackage.everyOption(MADE)))
        .containsEntry("VIRTIO_BLK", "y")
        .containsEntry("VIRTIO_NET", "y")
        .containsEntry("VIRTIO_MMIO", "y")
        .containsEntry("VIRTIO_MMIO_CMDLINE_DEVICES", "y")
        .containsEntry("VIRTIO_PCI", "y")
        .containsEntry("IP_PNP", "y")
        .containsEntry("EXT4_FS", "y")
        .containsEntry("EFI_PARTITION", "y")
        .containsEntry("PVH", "y")
        .containsEntry("SERIAL_8250_CONSOLE", "y")
        .containsEntry("VIRTIO_VSOCKETS", "y")
        .containsEntry("HW_RANDOM_VIRTIO", "y")
        .containsEntry("SQUASHFS", "y");
    assertThat(MADE).doesNotContain("=m\n").contains("CONFIG_VMGENID=y\n", "CONFIG_SECCOMP_FILTER");
  }

  @Test
  void whatASourceMakesOtherwiseIsNamedWithWhatBecameOfIt() {
    var options =
        KernelOptions.of("CONFIG_A=y\nCONFIG_B=7\n# CONFIG_C is not set\nCONFIG_D=\"x\"\n");
    assertThat(options.otherwise("CONFIG_A=y\nCONFIG_B=7\nCONFIG_D=\"x\"\n")).isEmpty();
    assertThat(options.otherwise("CONFIG_B=8\nCONFIG_C=y\nCONFIG_D=\"y\"\n"))
        .containsExactly(
            "CONFIG_A=y (n)", "CONFIG_B=7 (8)", "CONFIG_C=n (y)", "CONFIG_D=\"x\" (\"y\")");
  }

  @Test
  void wordsForPeopleAreNoOptions() {
    assertThat(KernelOptions.of("# A word\n\n  CONFIG_A=y  \n#CONFIG_B=y\n").values())
        .containsOnlyKeys("A");
  }

  @ParameterizedTest
  @ValueSource(strings = {"CONFIG_A=m", "A=y", "CONFIG_A", "CONFIG_A=\"a\\\"b\"", "CONFIG_a=y"})
  void aLineThatIsNoneIsRefused(String line) {
    assertThatThrownBy(() -> KernelOptions.of(line))
        .hasMessageContaining("configuration")
        .hasMessageContaining(line)
        .hasMessageContaining("is not set");
  }

  @Test
  void anOptionThatIsThereTwiceIsRefused() {
    assertThatThrownBy(() -> KernelOptions.of("CONFIG_A=y\n# CONFIG_A is not set"))
        .hasMessageContaining("is there twice");
  }

  @Test
  void aKernelThatCouldBootNoGuestIsRefusedByTheNamesOfWhatItLacks() {
    String less =
        lean()
            .configuration()
            .replace("CONFIG_IP_PNP=y", "# CONFIG_IP_PNP is not set")
            .replace("CONFIG_VIRTIO_BLK=y\n", "");
    assertThatThrownBy(() -> new KernelRecipe("less", "linux-source", List.of("gcc"), less))
        .hasMessageContaining("CONFIG_IP_PNP, CONFIG_VIRTIO_BLK")
        .hasMessageContaining("must be built in")
        .hasMessageContaining("=y");
  }
}
