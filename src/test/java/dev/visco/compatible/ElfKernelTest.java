package dev.visco.compatible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.compatible.Hypervisor.GuestFault;
import dev.visco.image.probe.MadeFiles;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kernels that Firecracker takes and QEMU does not are known before anything is started. */
class ElfKernelTest {
  @TempDir private Path folder;

  private Path kernel(boolean hasPvh) throws IOException {
    return Files.write(
        folder.resolve("vmlinux"), MadeFiles.elf(MadeFiles.X86_64, 2, hasPvh, new byte[64]));
  }

  @Test
  void aPvhEntryIsFoundBehindOtherNotes() throws IOException {
    assertThat(ElfKernel.isForQemu(kernel(true))).isTrue();
    assertThat(ElfKernel.isForQemu(kernel(false))).isFalse();
    assertThat(ElfKernel.isForQemu(Files.write(folder.resolve("none"), ProbeKernel.bytes())))
        .as("without notes")
        .isFalse();
    assertThat(ElfKernel.isForQemu(Files.write(folder.resolve("bz"), new byte[] {'M', 'Z', 0, 0})))
        .as("a bzImage needs none")
        .isTrue();
  }

  @Test
  void aKernelWithoutOneIsRefusedWithAWayOut() throws IOException {
    var plan = new GuestPlan(false, kernel(false), null, "console=ttyS0", 1, 128, List.of());
    var qemu = new QemuHypervisor(Redirect.PIPE, Redirect.DISCARD);
    assertThatThrownBy(() -> qemu.start(plan, Optional.of(folder.resolve("console"))))
        .isInstanceOf(GuestFault.class)
        .hasMessageContaining("it has no PVH entry")
        .hasMessageContaining("CONFIG_PVH=y");
  }
}
