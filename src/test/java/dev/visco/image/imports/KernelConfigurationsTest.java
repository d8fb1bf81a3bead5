package dev.visco.image.imports;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.image.probe.RootProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A kernel's configuration is found where distributions keep it. */
class KernelConfigurationsTest {
  private static final String TEXT =
      "# Linux/x86 6.1.0 Kernel Configuration\nCONFIG_VIRTIO_BLK=m\n" + "# a line\n".repeat(20_000);

  @TempDir private Path folder;

  @Test
  void besideTheKernel() throws IOException {
    Path kernel = Files.writeString(folder.resolve("vmlinuz-6.1.0-x"), "kernel");
    assertThat(KernelConfigurations.beside(kernel, "6.1.0-x")).isNull();
    Path file = Files.writeString(folder.resolve("config-6.1.0-x"), TEXT);
    assertThat(KernelConfigurations.beside(kernel, "6.1.0-x")).containsEntry("VIRTIO_BLK", "m");
    assertThat(KernelConfigurations.beside(kernel, null)).isNull();
    assertThat(KernelConfigurations.beside(kernel, "../x")).isNull();
    Files.writeString(file, "# Linux/x86 5.4.0 Kernel Configuration\nCONFIG_VIRTIO_BLK=m\n");
    assertThat(KernelConfigurations.beside(kernel, "6.1.0-x")).as("another kernel's").isNull();
    Files.writeString(file, "no configuration");
    assertThat(KernelConfigurations.beside(kernel, "6.1.0-x")).isNull();
  }

  @Test
  void theFolderOfItsModulesTellsWhatIsBuiltIn() throws IOException {
    Path boot = Files.createDirectories(folder.resolve("root/boot"));
    Path kernel = Files.writeString(boot.resolve("vmlinuz-6.1.0-x"), "kernel");
    assertThat(KernelConfigurations.modulesBeside(kernel, "6.1.0-x").options()).isEmpty();
    Path modules = Files.createDirectories(folder.resolve("root/lib/modules/6.1.0-x"));
    Files.writeString(modules.resolve("modules.builtin"), "kernel/fs/ext4/ext4.ko\n");
    Files.writeString(modules.resolve("modules.dep"), "kernel/drivers/block/virtio_blk.ko.zst:\n");
    assertThat(KernelConfigurations.modulesBeside(kernel, "6.1.0-x").options())
        .containsEntry("EXT4_FS", "y")
        .containsEntry("VIRTIO_BLK", "m")
        .containsEntry("XFS_FS", "n");
    assertThat(KernelConfigurations.modulesBeside(kernel, "../x").options()).isEmpty();
    // As Fedora has it.
    Path inside = Files.writeString(modules.resolve("vmlinuz"), "kernel");
    Files.writeString(modules.resolve("config"), TEXT);
    assertThat(KernelConfigurations.beside(inside, "6.1.0-x")).containsEntry("VIRTIO_BLK", "m");
    assertThat(KernelConfigurations.modulesBeside(inside, "6.1.0-x").options())
        .containsEntry("EXT4_FS", "y");
  }

  @Test
  void aFileConfigBesideAKernelElsewhereIsForSomethingElse() throws IOException {
    Path other = Files.createDirectories(folder.resolve("downloads"));
    Path kernel = Files.writeString(other.resolve("vmlinux"), "kernel");
    Files.writeString(other.resolve("config"), TEXT);
    assertThat(KernelConfigurations.beside(kernel, "6.1.0-x")).isNull();
    Files.move(other.resolve("config"), other.resolve("config-6.1.0-x"));
    assertThat(KernelConfigurations.beside(kernel, "6.1.0-x")).containsEntry("VIRTIO_BLK", "m");
  }

  @Test
  void inTheImage() throws IOException {
    Path boot = Files.createDirectories(folder.resolve("tree/boot"));
    Files.writeString(boot.resolve("config-6.1.0-x"), TEXT);
    var host = new LinuxHost();
    Path disk = folder.resolve("root.img");
    host.check(
        Command.of(
            "mke2fs", "-q", "-t", "ext4", "-d", folder.resolve("tree") + "", disk + "", "8M"));
    RootProbe root = RootProbe.of(disk);
    assertThat(KernelConfigurations.inImage(host, disk, root, "6.1.0-x"))
        .containsEntry("VIRTIO_BLK", "m");
    assertThat(KernelConfigurations.inImage(host, disk, root, "6.1.0-y")).isNull();
  }
}
