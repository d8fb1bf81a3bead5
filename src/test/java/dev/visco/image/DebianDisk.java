package dev.visco.image;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.image.recipe.RootDisk;
import dev.visco.model.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * A disk as Debian's cloud images are, made of Debian's packages and with nothing of Visco's in it:
 * systemd, cloud-init, netplan, sshd, a kernel with its initramfs of initramfs-tools, and a network
 * that asks DHCP until cloud-init says otherwise. Made once and kept outside the checkout, by what
 * it is made of.
 */
public final class DebianDisk {
  private static final String PACKAGES =
      "systemd,systemd-sysv,systemd-resolved,libnss-resolve,dbus,udev,cloud-init,netplan.io,"
          + "openssh-server,iproute2,initramfs-tools,linux-image-cloud-amd64";

  /** As Debian's images have it, for every network card that nothing else names. */
  private static final String NETWORK =
      """
      network:
          version: 2
          ethernets:
              all-en:
                  match: {name: "en*"}
                  dhcp4: true
                  dhcp6: true
              all-eth:
                  match: {name: "eth*"}
                  dhcp4: true
                  dhcp6: true
      """;

  private static final String MOUNTS =
      "LABEL=root / ext4 rw,discard,errors=remount-ro,x-systemd.growfs 0 1\n";

  /** What identifies a machine is not in an image. */
  private static final List<String> LEFT_OUT =
      List.of(
          "etc/ssh/ssh_host_ecdsa_key",
          "etc/ssh/ssh_host_ecdsa_key.pub",
          "etc/ssh/ssh_host_ed25519_key",
          "etc/ssh/ssh_host_ed25519_key.pub",
          "etc/ssh/ssh_host_rsa_key",
          "etc/ssh/ssh_host_rsa_key.pub");

  private static final int MIB = 2048;
  private static final Duration LONG = Duration.ofMinutes(20);

  private DebianDisk() {}

  /** The qcow2 disk; made where it is not there, which needs the host's package sources. */
  public static synchronized Path qcow2() throws IOException {
    Digest identity =
        Digest.of((PACKAGES + NETWORK + MOUNTS + LEFT_OUT + MIB).getBytes(StandardCharsets.UTF_8));
    Path disk =
        Objects.requireNonNull(TestImages.folder().getParent())
            .resolve("debian-" + identity.hex().substring(0, 16) + ".qcow2");
    if (!Files.exists(disk)) {
      if (System.getenv().containsKey("OUTER_JAVA")) {
        throw new IllegalStateException(
            "The disk " + disk + " is not there, and cannot be made in the guests' network.");
      }
      Path work = Files.createTempDirectory("visco-debian-disk");
      try {
        Path half = DurableFiles.half(disk);
        Files.move(made(new LinuxHost(), work, identity), half);
        Files.move(half, disk);
      } finally {
        DurableFiles.deleteTree(work);
      }
    }
    return disk;
  }

  private static Path made(Host host, Path work, Digest identity) throws IOException {
    Path root = work.resolve("root");
    host.check(
        Command.of(
                "mmdebstrap",
                "--mode=root",
                "--variant=minbase",
                "--include=" + PACKAGES,
                "--customize-hook=chroot \"$1\" systemctl enable systemd-networkd",
                "bookworm",
                root.toString())
            .makingPublicFiles()
            .within(LONG));
    Path netplan = root.resolve("etc/netplan/90-default.yaml");
    Files.writeString(netplan, NETWORK);
    Files.writeString(root.resolve("etc/fstab"), MOUNTS);
    Files.writeString(root.resolve("etc/machine-id"), "");
    for (String path : LEFT_OUT) {
      Files.deleteIfExists(root.resolve(path));
    }
    RootDisk.Made raw =
        new RootDisk(host).make(root, work.resolve("disk.raw"), MIB, identity.toString());
    Path disk = work.resolve("disk.qcow2");
    host.check(
        Command.of(
                "qemu-img",
                "convert",
                "-c",
                "-f",
                "raw",
                "-O",
                "qcow2",
                raw.file().toString(),
                disk.toString())
            .within(LONG));
    return disk;
  }
}
