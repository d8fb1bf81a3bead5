package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A real image, built from the host's own package sources. */
class ImagesIT {
  @Test
  void buildsTheCliImage() {
    Image image = TestImages.cli();
    assertThat(image.manifest().root()).startsWith("PARTUUID=");
    assertThat(image.manifest().initrdModules())
        .contains("virtio_blk", "virtio_net", "virtio_pci", "virtio_mmio");
    assertThat(image.manifest().kernelConfig())
        .containsEntry("VIRTIO_BLK", "m")
        .containsEntry("IP_PNP", "n");
    assertThat(image.manifest().packages()).anyMatch(line -> line.startsWith("openssh-server="));
    assertThat(image.manifest().kernelMinMemoryMib()).isBetween(32, 128);
    assertThat(image.manifest().initrdModuleReleases())
        .containsExactly(image.manifest().kernelRelease());
    assertThat(image.manifest().minMemoryMib())
        .isBetween(image.manifest().kernelMinMemoryMib(), image.manifest().memoryMib());
    assertThat(image.manifest().addressOwners()).isEmpty();
    assertThat(image.manifest().unknown()).isEmpty();
    assertThat(image.kernel()).isReadable();
    assertThat(image.rootfs()).isReadable();
  }

  @Test
  void buildsTheBrowserImageWithAllThatTheCliImageHas() {
    Manifest browser = TestImages.browser().manifest();
    Manifest cli = TestImages.cli().manifest();
    assertThat(browser.services()).containsEntry("vnc", 5900).containsAllEntriesOf(cli.services());
    assertThat(browser.packages())
        .containsAll(cli.packages())
        .anyMatch(line -> line.startsWith("tigervnc-standalone-server="))
        .anyMatch(line -> line.startsWith("icewm="));
    assertThat(browser.kernel()).isEqualTo(cli.kernel());
    assertThat(browser.vcpus()).isEqualTo(2);
    assertThat(browser.memoryMib()).isEqualTo(2048);
    assertThat(browser.addressOwners()).isEmpty();
    assertThat(browser.unknown()).isEmpty();
  }
}
