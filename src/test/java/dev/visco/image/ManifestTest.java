package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.image.Manifest.SignInHelper;
import dev.visco.image.recipe.BuildChoices;
import dev.visco.model.Digest;
import dev.visco.model.RootProblem;
import dev.visco.wire.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

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
            22,
            new ContainerFacts(
                "example.org/library/node:22",
                digest(4),
                "cli",
                digest(5),
                new ContainerConfig(
                    List.of("/entry"),
                    List.of("serve"),
                    Map.of("PORT", "80"),
                    "node",
                    "/srv",
                    List.of("80/tcp"),
                    "SIGINT"),
                List.of(digest(6)),
                true),
            new DiskFacts(
                "qcow2", "Debian GNU/Linux 12", true, "/boot/vmlinuz-6.1.0", "/boot/initrd"),
            new RootContents(
                "/usr/lib/systemd/systemd",
                "/usr/sbin/sshd",
                "/etc/inittab",
                List.of("virtio_net"),
                900,
                6000L,
                List.of(
                    new RootProblem("init-missing", "/sbin/init", "It is not there.", "Add it.")),
                List.of("sshd listens on port 2222")),
            "subvol=root",
            new SignInHelper("/usr/lib/visco/sign-in", "user"),
            new ToolsInside(
                digest(7),
                digest(8),
                "6f9619ff-8b86-d011-b42d-00c04fc964ff",
                "/opt/tools",
                List.of(
                    new ToolsInside.InstalledTool("codex", "0.169.0", List.of("codex"), List.of()),
                    new ToolsInside.InstalledTool(
                        "github", null, List.of(), List.of("gh=2.23.0")))),
            new BuildChoices(List.of("codex", "github"), "netsurf", "lean"),
            digest(9));
    assertThat(Json.read(Json.pretty(manifest), Manifest.class)).isEqualTo(manifest);
    // As earlier versions wrote it, and clients read it.
    assertThat(Json.read(Json.pretty(manifest), JsonNode.class).path("container").path("user"))
        .hasToString("\"node\"");
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
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
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
