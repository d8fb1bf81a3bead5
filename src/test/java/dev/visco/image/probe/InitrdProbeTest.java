package dev.visco.image.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.RootProblem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InitrdProbeTest {
  private static final byte[] INIT = "#!/bin/sh\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] MODULE = MadeFiles.module(MadeFiles.X86_64, MadeFiles.RELEASE);
  @TempDir Path folder;

  private Path file(byte[]... parts) throws IOException {
    return Files.write(folder.resolve("initrd"), MadeFiles.joined(parts));
  }

  private static byte[] main() {
    return MadeFiles.cpio(
        "init", INIT, "usr/lib/modules/x/kernel/drivers/block/virtio_blk.ko", MODULE);
  }

  @Test
  void readsAPlainArchive() throws IOException {
    InitrdProbe found = InitrdProbe.of(file(main()));
    assertThat(found.packed()).isEmpty();
    assertThat(found.modules()).containsExactly("virtio_blk");
    assertThat(found.moduleReleases()).containsExactly(MadeFiles.RELEASE);
    assertThat(found.hasInit()).isTrue();
    assertThat(found.isOurs()).isFalse();
    assertThat(found.unknown()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"GZIP", "XZ", "LZ4", "BZIP2", "LZMA", "ZSTD"})
  void readsAPackedArchiveBehindAPlainOne(Compression how) throws IOException {
    byte[] early = MadeFiles.cpio("kernel/x86/microcode/GenuineIntel.bin", new byte[77]);
    InitrdProbe found = InitrdProbe.of(file(early, new byte[512], MadeFiles.packed(how, main())));
    assertThat(found.packed()).containsExactly(how.name());
    assertThat(found.modules()).containsExactly("virtio_blk");
    assertThat(found.hasInit()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"GZIP", "XZ", "LZ4"})
  void readsWhatFollowsAPackedArchive(Compression how) throws IOException {
    byte[] more =
        MadeFiles.cpio("lib/modules/x/virtio-net.ko.xz", MadeFiles.packed(Compression.XZ, MODULE));
    byte[] first = MadeFiles.packed(how, main());
    InitrdProbe found =
        InitrdProbe.of(file(first, new byte[8], MadeFiles.packed(Compression.GZIP, more)));
    assertThat(found.modules()).containsExactly("virtio_blk", "virtio_net");
    assertThat(found.unknown()).isEmpty();
    assertThat(InitrdProbe.of(file(first, more)).modules())
        .containsExactly("virtio_blk", "virtio_net");
  }

  @Test
  void followsItsInit() throws IOException {
    byte[] busybox = MadeFiles.program(MadeFiles.X86_64);
    assertThat(fault("init", INIT)).contains("its interpreter /bin/sh is not there");
    assertThat(fault("init", INIT, "bin/sh", busybox)).isEmpty();
    assertThat(fault("init", MadeFiles.program(MadeFiles.AARCH64), "bin/sh", busybox))
        .contains("/init is a program for aarch64");
    byte[] dynamic = Files.readAllBytes(Path.of("/usr/bin/true"));
    assertThat(fault("init", dynamic)).contains("needs the loader /lib64/ld-linux-x86-64.so.2");
    String loader = "lib64/ld-linux-x86-64.so.2";
    assertThat(fault("init", dynamic, loader, busybox)).contains("needs the library libc.so.6");
    assertThat(fault("init", dynamic, loader, busybox, "opt/x/libc.so.6", busybox)).isEmpty();
    // A later archive's file takes the place of the earlier one's.
    byte[] later = MadeFiles.cpio("init", busybox);
    assertThat(InitrdProbe.of(file(MadeFiles.cpio("init", INIT), later)).initFault()).isNull();
  }

  private String fault(Object... namesAndContents) throws IOException {
    RootProblem found = InitrdProbe.of(file(MadeFiles.cpio(namesAndContents))).initFault();
    return found == null ? "" : found.cause();
  }

  @Test
  void saysThatLzoCannotBeReadAndClaimsNothing() throws IOException {
    byte[] early = MadeFiles.cpio("kernel/x86/microcode/x.bin", new byte[7]);
    InitrdProbe found = InitrdProbe.of(file(early, MadeFiles.packed(Compression.LZO, new byte[0])));
    assertThat(found.modules()).isNull();
    assertThat(found.hasInit()).isTrue();
    assertThat(found.unknown())
        .singleElement()
        .asString()
        .startsWith("unknown: what the initramfs holds")
        .contains("lzo");
  }

  @Test
  void knowsOneThatStartsNothing() throws IOException {
    assertThat(InitrdProbe.of(file(MadeFiles.cpio("kernel/x86/microcode/x", INIT))).hasInit())
        .isFalse();
  }

  @Test
  void knowsOurOwn() throws IOException {
    byte[] init = "say() { echo \"visco-initramfs: $*\"; }".getBytes(StandardCharsets.US_ASCII);
    assertThat(InitrdProbe.of(file(MadeFiles.cpio("./init", init))).isOurs()).isTrue();
  }

  @Test
  void refusesWhatIsNoArchive() throws IOException {
    Path file = file("hello there".getBytes(StandardCharsets.US_ASCII));
    assertThatThrownBy(() -> InitrdProbe.of(file))
        .hasMessageContaining("initrd \"" + file + "\" begins with 68 65 6c 6c")
        .hasMessageContaining("cpio");
    Path packed =
        file(MadeFiles.packed(Compression.GZIP, "hello there".getBytes(StandardCharsets.US_ASCII)));
    assertThatThrownBy(() -> InitrdProbe.of(packed)).hasMessageContaining("holds no cpio archive");
  }

  @Test
  void refusesOneThatIsLargerUnpackedThanAnyHasToBe() throws IOException {
    byte[] zeros = MadeFiles.cpio("init", INIT, "zeros", new byte[1 << 20]);
    Path file = file(MadeFiles.packed(Compression.GZIP, zeros));
    assertThat(InitrdProbe.of(file, file, 2 << 20).hasInit()).isTrue();
    assertThatThrownBy(() -> InitrdProbe.of(file, file, 1 << 20))
        .hasMessageContaining("holds more than 1048576 bytes, unpacked");
    byte[] between = MadeFiles.joined(MadeFiles.cpio("init", INIT), new byte[1 << 20]);
    Path padded = file(MadeFiles.packed(Compression.GZIP, between));
    assertThatThrownBy(() -> InitrdProbe.of(padded, padded, 1 << 20))
        .hasMessageContaining("holds more than 1048576 bytes");
  }

  @Test
  void refusesOneThatIsCutOff() throws IOException {
    byte[] whole = main();
    Path cut = file(Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> InitrdProbe.of(cut)).hasMessageContaining("ends too early");
    byte[] packed = MadeFiles.packed(Compression.GZIP, whole);
    Path cutPacked = file(Arrays.copyOf(packed, packed.length - 20));
    assertThatThrownBy(() -> InitrdProbe.of(cutPacked)).hasMessageContaining("initrd \"");
  }

  @Test
  void refusesOneForAnotherArchitecture() throws IOException {
    byte[] program = MadeFiles.elf(MadeFiles.AARCH64, 2, false, new byte[8]);
    Path file = file(MadeFiles.cpio("init", INIT, "bin/busybox", program));
    assertThatThrownBy(() -> InitrdProbe.of(file))
        .hasMessageContaining("holds programs for aarch64");
  }
}
