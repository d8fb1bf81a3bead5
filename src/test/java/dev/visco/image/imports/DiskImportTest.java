package dev.visco.image.imports;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.DiskDigest;
import dev.visco.host.LinuxHost;
import dev.visco.image.DiskFacts;
import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.image.Manifest;
import dev.visco.image.probe.Compression;
import dev.visco.image.probe.MadeFiles;
import dev.visco.model.ImageName;
import dev.visco.model.Progress;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Disks in all formats, out of which a kernel is taken; made by the usual tools. */
class DiskImportTest {
  private static final String LEAN =
      "CONFIG_VIRTIO_BLK=y\nCONFIG_EXT4_FS=y\nCONFIG_EFI_PARTITION=y\n"
          + "CONFIG_BLK_DEV_INITRD=y\nCONFIG_RD_GZIP=y\n";
  @TempDir Path folder;
  private Path root;
  private Images images;

  @BeforeEach
  void aRootWithAKernelOfItsOwn() throws IOException {
    root = Files.createDirectory(folder.resolve("root"));
    images = new Images(new LinuxHost(), folder.resolve("store"), List.of());
    file("boot/vmlinuz-" + MadeFiles.RELEASE, MadeFiles.vmlinux(""));
    file("boot/config-" + MadeFiles.RELEASE, LEAN.getBytes(UTF_8));
    file("usr/lib/os-release", "NAME=x\nPRETTY_NAME=\"Made GNU/Linux 7\"\n".getBytes(UTF_8));
    file("usr/bin/cloud-init", "#!/bin/sh\n".getBytes(UTF_8));
    link("etc/os-release", "../usr/lib/os-release");
    MadeDisk.program(root, "sbin/init", MadeFiles.program(MadeFiles.X86_64));
    MadeDisk.program(root, "usr/sbin/sshd", MadeFiles.program(MadeFiles.X86_64));
  }

  private void file(String path, byte[] content) throws IOException {
    MadeDisk.file(root, path, content);
  }

  private void link(String path, String target) throws IOException {
    Files.createDirectories(root.resolve(path).getParent());
    Files.createSymbolicLink(root.resolve(path), Path.of(target));
  }

  private Path raw() throws IOException {
    return new MadeDisk(folder).with(MadeDisk.ROOT, "", root).raw("whole.raw");
  }

  private DiskImport sources(Path disk) {
    return new DiskImport(new ImageName("mine"), disk, null, null, null, false);
  }

  private Image take(Path disk) {
    return images.importImage(sources(disk), Progress.SILENT);
  }

  private static DiskFacts disk(Manifest manifest) {
    return Objects.requireNonNull(manifest.disk());
  }

  @ParameterizedTest
  @CsvSource({
    "raw,raw",
    "qcow2,qcow2",
    "qcow2,qcow2 -c",
    "qcow2,qcow2 -o compat=0.10",
    "vhd,vpc",
    "vhd,vpc -o subformat=fixed",
    "vhdx,vhdx",
    "vmdk,vmdk",
    "vmdk,vmdk -o subformat=streamOptimized"
  })
  void aDiskOfAnyFormatIsTakenWithItsKernel(String format, String options) throws IOException {
    // Its name says nothing.
    Path disk = folder.resolve("disk.img");
    Path raw = raw();
    MadeDisk.converted(raw, disk, ("-O " + options).split(" "));
    Image image = take(disk);
    Manifest manifest = image.manifest();
    assertThat(manifest.disk())
        .isEqualTo(
            new DiskFacts(
                format, "Made GNU/Linux 7", true, "/boot/vmlinuz-" + MadeFiles.RELEASE, null));
    assertThat(manifest.root()).startsWith("PARTUUID=");
    assertThat(manifest.kernelRelease()).isEqualTo(MadeFiles.RELEASE);
    assertThat(manifest.kernelConfig()).containsEntry("VIRTIO_BLK", "y");
    assertThat(manifest.services()).containsEntry("ssh", 22);
    assertThat(manifest.minBootTime()).isGreaterThan(Duration.ofMinutes(2));
    assertThat(manifest.unknown()).singleElement().asString().contains("cloud-init");
    assertThat(DiskDigest.of(image.rootfs())).isEqualTo(manifest.rootfs());
    assertThat(Files.getAttribute(image.rootfs(), "unix:uid")).isEqualTo(0);
    byte[] given = Files.readAllBytes(raw);
    assertThat(image.rootfs())
        .satisfies(kept -> {
          byte[] found = Files.readAllBytes(kept);
          // A VHD may be longer, by less than a cylinder.
          assertThat(found.length).isGreaterThanOrEqualTo(given.length);
          assertThat(java.util.Arrays.copyOf(found, given.length)).isEqualTo(given);
        });
    assertThat(folder.resolve("store/work")).doesNotExist();
  }

  @Test
  void theNewestKernelThatHasAnInitramfsIsTaken() throws IOException {
    for (String release : List.of("6.1.0-9", "6.1.0-10", "6.1.0-11", "6.1.0-99-rescue")) {
      file("boot/vmlinuz-" + release, MadeFiles.vmlinux(LEAN));
    }
    byte[] initrd = "070701no".getBytes(UTF_8);
    file("boot/initrd.img-6.1.0-9", initrd);
    file("boot/initrd.img-6.1.0-99-rescue", initrd);
    // A link from the top on is followed in the disk, not on the host.
    file(
        "usr/lib/real-initrd",
        MadeFiles.packed(
            Compression.GZIP, MadeFiles.cpio("init", MadeFiles.program(MadeFiles.X86_64))));
    link("boot/initrd.img-6.1.0-10", "/usr/lib/real-initrd");
    Manifest manifest = take(raw()).manifest();
    assertThat(disk(manifest).kernel()).isEqualTo("/boot/vmlinuz-6.1.0-10");
    assertThat(disk(manifest).initrd()).isEqualTo("/boot/initrd.img-6.1.0-10");
    assertThat(manifest.initrd()).isNotNull();
  }

  @Test
  void aLinkThatLeavesTheDiskLeadsNowhere() throws IOException {
    Files.delete(root.resolve("boot/vmlinuz-" + MadeFiles.RELEASE));
    link("boot/vmlinuz-" + MadeFiles.RELEASE, "../../../../../etc/hostname");
    assertThatThrownBy(() -> take(raw()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("/boot/vmlinuz-" + MadeFiles.RELEASE + "\" cannot be copied out");
  }

  @Test
  void aPartitionOfItsOwnForBootIsLookedIntoToo() throws IOException {
    Path boot = Files.move(root.resolve("boot"), folder.resolve("boot"));
    Files.createDirectory(root.resolve("boot"));
    Path disk =
        new MadeDisk(folder)
            .with(MadeDisk.BOOT, "BOOT", boot)
            .with(MadeDisk.LINUX, "cloudimg-rootfs", root)
            .raw("whole.raw");
    Manifest manifest = take(disk).manifest();
    assertThat(disk(manifest).kernel()).isEqualTo("/vmlinuz-" + MadeFiles.RELEASE);
    assertThat(disk(manifest).system()).isEqualTo("Made GNU/Linux 7");
    assertThat(manifest.kernelConfig()).containsEntry("VIRTIO_BLK", "y");
  }

  @Test
  void aKernelThatIsGivenCountsMoreThanTheDisks() throws IOException {
    Path kernel = Files.write(folder.resolve("mine"), MadeFiles.vmlinux(LEAN));
    var sources = new DiskImport(new ImageName("mine"), raw(), kernel, null, null, false);
    Image image = images.importImage(sources, Progress.SILENT);
    assertThat(image.kernel()).hasSameBinaryContentAs(kernel);
    assertThat(disk(image.manifest()).kernel()).isNull();
    Path initrd = Files.write(folder.resolve("initrd"), new byte[] {1});
    assertThatThrownBy(
            () -> new DiskImport(new ImageName("x"), raw(), null, initrd, null, false).check())
        .hasMessageContaining("is given without its kernel");
  }

  @Test
  void withoutCloudInitNothingIsPromised() throws IOException {
    Files.delete(root.resolve("usr/bin/cloud-init"));
    Manifest manifest = take(raw()).manifest();
    assertThat(manifest.services()).isEmpty();
    assertThat(manifest.minBootTime()).isZero();
    assertThat(manifest.unknown()).anyMatch(one -> one.contains("whether its sshd takes keys"));
  }

  @Test
  void aDiskWithoutAKernelIsRefused() throws IOException {
    Files.delete(root.resolve("boot/vmlinuz-" + MadeFiles.RELEASE));
    Path disk = raw();
    assertThatThrownBy(() -> take(disk))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("disk \"" + disk + "\" holds no kernel that can be taken out")
        .hasMessageContaining("/boot of its root file system (ext4)")
        .hasMessageContaining("--kernel and --initrd");
    assertThat(images.all()).isEmpty();
    assertThat(folder.resolve("store/work")).doesNotExist();
  }

  @Test
  void whatIsNoKernelInTheDiskIsNamedByItsPathThere() throws IOException {
    file("boot/vmlinuz-" + MadeFiles.RELEASE, "#!/bin/sh\n".getBytes(UTF_8));
    assertThatThrownBy(() -> take(raw()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("kernel \"/boot/vmlinuz-" + MadeFiles.RELEASE + "\" begins with");
  }
}
