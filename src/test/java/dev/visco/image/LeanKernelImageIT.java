package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Real images with a kernel that was compiled of the host's distribution's source; with --all. */
class LeanKernelImageIT {
  @Test
  void twoImagesHaveOneKernelWithAllBuiltInAndNoInitramfs() {
    List<Image> images = TestImages.lean();
    for (Image image : images) {
      Manifest manifest = image.manifest();
      assertThat(image.initrd()).isNull();
      assertThat(manifest.initrdModules()).isNull();
      assertThat(manifest.kernelRelease()).endsWith("-visco-lean");
      assertThat(manifest.kernelFormat()).isEqualTo("vmlinux");
      assertThat(manifest.readsIp()).isEqualTo("kernel");
      assertThat(manifest.choices()).extracting("kernel").isEqualTo("lean");
      assertThat(manifest.packages()).anyMatch(line -> line.startsWith("linux-source-"));
      assertThat(manifest.kernelMinMemoryMib()).isBetween(16, 96);
      assertThat(manifest.kernelConfig())
          .containsEntry("VIRTIO_BLK", "y")
          .containsEntry("VIRTIO_MMIO", "y")
          .containsEntry("VIRTIO_PCI", "y")
          .containsEntry("EXT4_FS", "y")
          .containsEntry("IP_PNP", "y");
      assertThat(manifest.unknown()).isEmpty();
    }
    Manifest cli = images.getFirst().manifest();
    Manifest browser = images.getLast().manifest();
    assertThat(browser.kernel()).isEqualTo(cli.kernel());
    assertThat(browser.kernelBuild()).isNotNull().isEqualTo(cli.kernelBuild());
    assertThat(TestImages.leanFolder().resolve("kernels")).isDirectoryContaining("glob:**");
    assertThat(TestImages.leanFolder().resolve("work")).doesNotExist();
  }
}
