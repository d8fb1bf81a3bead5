package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.Digest;
import dev.visco.wire.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ManifestTest {
  private static Digest digest(int digit) {
    return new Digest("sha256:" + Integer.toString(digit).repeat(64));
  }

  @Test
  void isReadAsItWasWritten() {
    var manifest =
        new Manifest(
            "mine",
            digest(0),
            digest(1),
            digest(2),
            digest(3),
            "PARTUUID=1",
            "why",
            "1",
            "2",
            "ext4",
            List.of("extent"),
            "bzImage",
            "6.1.0",
            Map.of("VIRTIO_BLK", "m"),
            List.of("virtio_blk"),
            "initramfs",
            Map.of("sshd", 22),
            1,
            256,
            List.of("curl=1"),
            List.of("unknown: nothing"),
            68,
            List.of("6.1.0"),
            80,
            List.of("/etc/network/interfaces: iface eth0 inet dhcp"),
            22);
    assertThat(Json.read(Json.pretty(manifest), Manifest.class)).isEqualTo(manifest);
  }

  @Test
  void whatIsNotKnownIsNull() {
    var manifest =
        new Manifest(
            "mine",
            null,
            digest(1),
            null,
            digest(3),
            "/dev/vda",
            null,
            null,
            null,
            "ext4",
            null,
            null,
            null,
            null,
            null,
            null,
            Map.of(),
            1,
            256,
            List.of(),
            List.of(),
            null,
            null,
            null,
            List.of(),
            null);
    assertThat(Json.read(Json.pretty(manifest), Manifest.class)).isEqualTo(manifest);
  }

  @Test
  void theNamesThatAnEarlierReleaseWroteAreRead() {
    String text =
        """
        {"name":"old","recipe":null,"kernel":"%s","initrd":null,"rootfs":"%s","root":"UUID=1",
         "services":{},"vcpus":1,"memoryMib":256,"packages":[],"unknown":[],
         "kernelLeastMemoryMib":68,"leastMemoryMib":80,"addressOwners":[]}
        """
            .formatted(digest(1), digest(2));
    Manifest manifest = Json.read(text, Manifest.class);
    assertThat(manifest.kernelMinMemoryMib()).isEqualTo(68);
    assertThat(manifest.minMemoryMib()).isEqualTo(80);
  }

  @Test
  void oneOfAnEarlierReleaseIsStillRead() {
    String text =
        """
        {"name":"old","recipe":null,"kernel":"%s","initrd":null,"rootfs":"%s","root":"UUID=1",
         "services":{},"vcpus":1,"memoryMib":256,"packages":[],"unknown":[]}
        """
            .formatted(digest(1), digest(2));
    Manifest manifest = Json.read(text, Manifest.class);
    assertThat(manifest.root()).isEqualTo("UUID=1");
    assertThat(manifest.kernelFormat()).isNull();
    assertThat(manifest.kernelMinMemoryMib()).isNull();
    assertThat(manifest.initrdModuleReleases()).isNull();
    assertThat(manifest.minMemoryMib()).isNull();
    assertThat(manifest.addressOwners()).isEmpty();
  }
}
