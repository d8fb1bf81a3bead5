package dev.visco.image.imports;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.image.DiskFacts;
import dev.visco.image.Images;
import dev.visco.image.Manifest;
import dev.visco.image.probe.MadeFiles;
import dev.visco.image.probe.MadePackings;
import dev.visco.model.ImageName;
import dev.visco.model.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Disks as distributions lay them out whose packages are not Debian's: their kernels, modules,
 * configurations and initramfs are where theirs are, and packed as theirs are.
 */
class DistributionLayoutsTest {
  private static final String RELEASE = MadeFiles.RELEASE;
  private static final String CONFIGURATION =
      "# Linux/x86 6.1.0 Kernel Configuration\nCONFIG_VIRTIO_BLK=m\nCONFIG_VIRTIO_NET=m\n"
          + "CONFIG_EXT4_FS=y\nCONFIG_EFI_PARTITION=y\nCONFIG_BLK_DEV_INITRD=y\n"
          + "CONFIG_RD_GZIP=y\nCONFIG_RD_ZSTD=y\nCONFIG_RD_XZ=y\n";

  @TempDir Path folder;
  private Path root;

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectory(folder.resolve("root"));
    for (String name : new String[] {"bin", "sbin", "lib"}) {
      Files.createDirectories(root.resolve("usr/" + name));
      Files.createSymbolicLink(root.resolve(name), Path.of("usr/" + name));
    }
    MadeDisk.program(root, "usr/sbin/init", MadeFiles.program(MadeFiles.X86_64));
    MadeDisk.program(root, "usr/sbin/sshd", MadeFiles.program(MadeFiles.X86_64));
  }

  private void file(String path, byte[] content) throws IOException {
    MadeDisk.file(root, path, content);
  }

  /** The drivers of the network card in the root, and of the disk in the initramfs. */
  private byte[] modulesAndInitramfs(String packing) throws IOException {
    String ending = MadePackings.ending(packing);
    String modules = "usr/lib/modules/" + RELEASE + "/";
    byte[] module = MadePackings.packed(packing, MadePackings.module());
    file(modules + "kernel/drivers/net/virtio_net.ko" + ending, module);
    file(
        modules + "modules.dep",
        ("kernel/drivers/net/virtio_net.ko" + ending + ":\n").getBytes(UTF_8));
    file(modules + "modules.builtin", "kernel/fs/ext4/ext4.ko\n".getBytes(UTF_8));
    return MadeFiles.cpio(
        "init",
        MadeFiles.program(MadeFiles.X86_64),
        modules + "kernel/drivers/block/virtio_blk.ko" + ending,
        module);
  }

  private Manifest taken(Path disk) {
    var images = new Images(new LinuxHost(), folder.resolve("store"), java.util.List.of());
    var sources = new DiskImport(new ImageName("mine"), disk, null, null, null, false);
    return images.importImage(sources, Progress.SILENT).manifest();
  }

  private Path whole() throws IOException {
    return new MadeDisk(folder).with(MadeDisk.ROOT, "", root).raw("whole.raw");
  }

  private static void assertBoots(Manifest manifest, String kernel, String initrd) {
    DiskFacts disk = Objects.requireNonNull(manifest.disk());
    assertThat(disk.kernel()).isEqualTo(kernel);
    assertThat(disk.initrd()).isEqualTo(initrd);
    assertThat(manifest.kernelRelease()).isEqualTo(RELEASE);
    assertThat(manifest.kernelConfig())
        .containsEntry("VIRTIO_BLK", "m")
        .containsEntry("EXT4_FS", "y");
    assertThat(manifest.initrdModules()).containsExactly("virtio_blk");
    assertThat(Objects.requireNonNull(manifest.contents()).modules()).containsExactly("virtio_net");
    assertThat(manifest.contents().problems()).isEmpty();
  }

  @Test
  void ubuntusKernelAndModulesArePackedByZstd() throws IOException {
    byte[] initramfs = modulesAndInitramfs("zstd");
    file("boot/vmlinuz-" + RELEASE, MadePackings.kernel("zstd"));
    file("boot/config-" + RELEASE, CONFIGURATION.getBytes(UTF_8));
    byte[] microcode = MadeFiles.cpio("kernel/x86/microcode/AuthenticAMD.bin", new byte[99]);
    file(
        "boot/initrd.img-" + RELEASE,
        MadeFiles.joined(microcode, MadePackings.packed("zstd", initramfs)));
    Files.createSymbolicLink(root.resolve("boot/vmlinuz"), Path.of("vmlinuz-" + RELEASE));
    Files.createSymbolicLink(root.resolve("boot/initrd.img"), Path.of("initrd.img-" + RELEASE));
    assertBoots(taken(whole()), "/boot/vmlinuz-" + RELEASE, "/boot/initrd.img-" + RELEASE);
  }

  @Test
  void fedorasKernelHasItsConfigurationAmongItsModules() throws IOException {
    byte[] initramfs = modulesAndInitramfs("xz");
    String modules = "usr/lib/modules/" + RELEASE;
    file(modules + "/vmlinuz", MadePackings.kernel("zstd"));
    file(modules + "/config", CONFIGURATION.getBytes(UTF_8));
    file(modules + "/initramfs.img", MadePackings.packed("zstd", initramfs));
    Files.createDirectory(root.resolve("boot"));
    assertBoots(taken(whole()), "/" + modules + "/vmlinuz", "/" + modules + "/initramfs.img");
  }

  @Test
  void fedorasBootPartitionHasEntriesOfTheBootLoader() throws IOException {
    byte[] initramfs = modulesAndInitramfs("xz");
    file("usr/lib/modules/" + RELEASE + "/config", CONFIGURATION.getBytes(UTF_8));
    Path boot = Files.createDirectory(folder.resolve("boot"));
    String own = "0123456789abcdef/" + RELEASE;
    MadeDisk.file(boot, own + "/linux", MadePackings.kernel("zstd"));
    MadeDisk.file(boot, own + "/initrd", MadePackings.packed("xz", initramfs));
    MadeDisk.file(boot, "old/linux", MadePackings.kernel("gzip"));
    entry(boot, "new", RELEASE, "/" + own + "/linux", "/" + own + "/initrd");
    entry(boot, "older", "5.1.0", "/old/linux", "/" + own + "/initrd");
    entry(boot, "0-rescue", "9.9.9", "/old/linux", "/" + own + "/initrd");
    entry(boot, "elsewhere", "9.9.8", "/../../etc/shadow", "/x");
    Files.createDirectory(root.resolve("boot"));
    Path disk =
        new MadeDisk(folder)
            .with(MadeDisk.BOOT, "BOOT", boot)
            .with(MadeDisk.ROOT, "", root)
            .raw("whole.raw");
    assertBoots(taken(disk), "/" + own + "/linux", "/" + own + "/initrd");
  }

  private static void entry(Path boot, String name, String version, String linux, String initrd)
      throws IOException {
    String text = "title   Fedora\nversion %s\nlinux   %s\ninitrd  %s\noptions root=x\n";
    MadeDisk.file(
        boot,
        "loader/entries/" + name + ".conf",
        text.formatted(version, linux, initrd).getBytes(UTF_8));
  }

  @Test
  void alpinesKernelIsNamedByItsFlavour() throws IOException {
    byte[] initramfs = modulesAndInitramfs("gzip");
    file("boot/vmlinuz-virt", MadePackings.kernel("gzip"));
    file("boot/initramfs-virt", MadePackings.packed("gzip", initramfs));
    file("boot/config-" + RELEASE, CONFIGURATION.getBytes(UTF_8));
    // What a diskless Alpine mounts at /.modloop; no kernel and no initramfs.
    Path modloop = root.resolve("boot/modloop-virt");
    new LinuxHost()
        .check(Command.of("mksquashfs", root.resolve("usr/lib") + "", modloop + "", "-quiet"));
    file("etc/inittab", "::sysinit:/sbin/openrc sysinit\n".getBytes(UTF_8));
    MadeDisk.program(root, "usr/sbin/openrc", MadeFiles.program(MadeFiles.X86_64));
    Manifest manifest = taken(whole());
    assertBoots(manifest, "/boot/vmlinuz-virt", "/boot/initramfs-virt");
    assertThat(Objects.requireNonNull(manifest.contents()).notices())
        .anyMatch(notice -> notice.contains("none of OpenRC's runlevels"));
  }
}
