package dev.visco.image.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real file systems, made of a folder as an operator makes one. */
class AddressConfigurersTest {
  private static final String DHCP = "auto eth0\niface eth0 inet dhcp\n";
  private static final String WIRED = "[Match]\nName=en* eth*\n[Network]\nDHCP=yes\n";
  private final Host host = new LinuxHost();
  @TempDir Path folder;
  private Path root;

  @BeforeEach
  void emptyRoot() throws IOException {
    root = Files.createDirectory(folder.resolve("root"));
  }

  private void file(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private void link(String path, String target) throws IOException {
    Path link = root.resolve(path);
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, Path.of(target));
  }

  private void enable(String service) throws IOException {
    link("etc/systemd/system/multi-user.target.wants/" + service, "/lib/systemd/system/" + service);
  }

  private AddressConfigurers found() {
    return found("ext4", 0);
  }

  /** Made anew each time, in a folder whose name means something to debugfs. */
  private AddressConfigurers found(String type, long offset) {
    try {
      Path disk = Files.createDirectories(folder.resolve("a?offset=1")).resolve("root.img");
      Files.deleteIfExists(disk);
      try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
        file.setLength(10 << 20);
      }
      if (offset > 0) {
        host.check(Command.of("sgdisk", "--new=1:" + offset / 512 + ":+8M", disk.toString()));
      }
      host.check(
          Command.of(
                  "mke2fs",
                  "-q",
                  "-F",
                  "-t",
                  type,
                  "-d",
                  root.toString(),
                  "-E",
                  "offset=" + offset,
                  "root.img",
                  "8192k")
              .in(folder.resolve("a?offset=1")));
      return AddressConfigurers.of(host, disk, RootProbe.of(disk));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void anEmptyRootHasNone() {
    assertThat(found()).isEqualTo(new AddressConfigurers(List.of(), List.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext2", "ext3", "ext4"})
  void ifupdownOwnsItWhereItsProgramIs(String type) throws IOException {
    file("etc/network/interfaces", "iface lo inet loopback\n" + DHCP);
    assertThat(found(type, 0).owners()).isEmpty();
    file("usr/sbin/ifup", "");
    link("sbin", "usr/sbin");
    assertThat(found(type, 0))
        .isEqualTo(
            new AddressConfigurers(
                List.of("/etc/network/interfaces: iface eth0 inet dhcp"), List.of()));
  }

  @Test
  void aPartitionIsLookedIntoLikeABareFileSystem() throws IOException {
    file("sbin/ifup", "");
    file("etc/network/interfaces.d/50-cloud-init", "iface ens3 inet static\n  address 10.0.0.2\n");
    assertThat(found("ext4", 1 << 20))
        .isEqualTo(
            new AddressConfigurers(
                List.of("/etc/network/interfaces.d/50-cloud-init: iface ens3 inet static"),
                List.of()));
  }

  @Test
  void networkdOwnsItWhereItIsEnabled() throws IOException {
    file("etc/systemd/network/20-wired.network", WIRED);
    file("usr/lib/systemd/network/80-container-host0.network", "[Match]\nName=host0\n" + WIRED);
    assertThat(found().owners()).isEmpty();
    enable("systemd-networkd.service");
    assertThat(found().owners()).containsExactly("/etc/systemd/network/20-wired.network: DHCP=yes");
  }

  @Test
  void aFileOfEtcCoversTheOneBelowUsrAndALinkToNothingTakesItAway() throws IOException {
    enable("systemd-networkd.service");
    file("usr/lib/systemd/network/20-wired.network", WIRED);
    assertThat(found().owners())
        .containsExactly("/usr/lib/systemd/network/20-wired.network: DHCP=yes");
    link("etc/systemd/network/20-wired.network", "/dev/null");
    assertThat(found().owners()).isEmpty();
  }

  @Test
  void aMaskedServiceAndUnitsBesideAnotherInitDoNothing() throws IOException {
    enable("NetworkManager.service");
    assertThat(found().owners())
        .containsExactly(
            "/etc/systemd/system/multi-user.target.wants/NetworkManager.service: the service is enabled");
    link("etc/systemd/system/NetworkManager.service", "/dev/null");
    assertThat(found().owners()).isEmpty();
    Files.delete(root.resolve("etc/systemd/system/NetworkManager.service"));
    link("usr/sbin/init", "../bin/busybox");
    link("sbin", "usr/sbin");
    assertThat(found().owners()).isEmpty();
  }

  @Test
  void dhcpClientsAreFoundUnderEachInit() throws IOException {
    enable("dhcpcd@eth0.service");
    link("etc/rc2.d/S03dhcpcd5", "../init.d/dhcpcd5");
    link("etc/runlevels/default/dhclient", "/etc/init.d/dhclient");
    link("etc/rc2.d/K01dhcpcd", "../init.d/dhcpcd");
    assertThat(found().owners())
        .containsExactlyInAnyOrder(
            "/etc/systemd/system/multi-user.target.wants/dhcpcd@eth0.service: the service is enabled",
            "/etc/rc2.d/S03dhcpcd5: the service is enabled",
            "/etc/runlevels/default/dhclient: the service is enabled");
  }

  @Test
  void netplanOwnsItWhereItIsInstalled() throws IOException {
    file(
        "etc/netplan/50-cloud-init.yaml",
        "network:\n  version: 2\n  ethernets:\n    eth0:\n      dhcp4: true\n");
    assertThat(found().owners()).isEmpty();
    link("usr/sbin/netplan", "../share/netplan/netplan.script");
    assertThat(found().owners()).containsExactly("/etc/netplan/50-cloud-init.yaml: dhcp4: true");
  }

  @Test
  void linksAreFollowedInsideTheFileSystemOnly() throws IOException {
    file("sbin/ifup", "");
    file("opt/net/eth", DHCP);
    link("etc/network/interfaces", "../alternatives/interfaces");
    link("etc/alternatives/interfaces", "/opt/net/" + "../net/".repeat(12) + "eth");
    link("etc/network/interfaces.d/loop", "loop");
    link("etc/network/interfaces.d/out", "../../../../../../../../etc/passwd");
    assertThat(found())
        .isEqualTo(
            new AddressConfigurers(
                List.of("/etc/network/interfaces: iface eth0 inet dhcp"), List.of()));
  }

  @Test
  void oddNamesAndContentsAreNothingButThat() throws IOException {
    file("sbin/ifup", "");
    file("secret", "iface eth0 inet static\n");
    file("etc/network/interfaces.d/two words\" <2>", DHCP);
    file("etc/network/interfaces.d/x\ndebugfs: ls -p ", DHCP);
    file("etc/network/interfaces.d/\u001b[31mred\t", DHCP);
    file(
        "etc/network/interfaces",
        "debugfs: ls -p /etc/network/interfaces.d/.\n/12/100644/0/0/made-up/20/\n");
    link("etc/network/interfaces.d/link", "x\"\nFast link dest: \"/secret");
    AddressConfigurers found = found();
    assertThat(found.unknown()).isEmpty();
    assertThat(found.owners())
        .containsExactlyInAnyOrder(
            "/etc/network/interfaces.d/two words\" <2>: iface eth0 inet dhcp",
            "/etc/network/interfaces.d/?[31mred: iface eth0 inet dhcp");
  }

  @Test
  void aFileThatIsTooLongAndTooManyFilesAreSaid() throws IOException {
    file("sbin/ifup", "");
    file("etc/network/interfaces", DHCP + "#".repeat(70_000));
    AddressConfigurers found = found();
    assertThat(found.owners()).isEmpty();
    assertThat(found.unknown())
        .singleElement()
        .asString()
        .startsWith("unknown: whether something in the root file system gives")
        .endsWith("/etc/network/interfaces has 70031 bytes");
    file("etc/network/interfaces", "");
    for (int number = 0; number < 200; number++) {
      file("etc/network/interfaces.d/" + number, DHCP);
    }
    AddressConfigurers many = found();
    assertThat(many.owners()).hasSize(32);
    assertThat(many.unknown()).singleElement().asString().contains("more than 128 files");
  }

  @Test
  void whatCannotBeLookedIntoIsSaid() throws IOException {
    Path disk = folder.resolve("root.img");
    Files.write(disk, new byte[4096]);
    var xfs = new RootProbe(null, 0, 0, null, "xfs", null, null, List.of(), "XFS_FS", List.of());
    assertThat(AddressConfigurers.of(host, disk, xfs).unknown())
        .singleElement()
        .asString()
        .contains("xfs cannot be looked into");
    var ext4 = new RootProbe(null, 0, 0, null, "ext4", null, null, List.of(), "EXT4_FS", List.of());
    assertThat(AddressConfigurers.of(host, disk, ext4).unknown())
        .singleElement()
        .asString()
        .contains("while trying to open");
  }
}
