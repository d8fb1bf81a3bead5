package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.FileDigest;
import dev.visco.image.probe.Compression;
import dev.visco.image.probe.MadeFiles;
import dev.visco.model.Digest;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A packed kernel becomes the ELF file inside it, once. */
class ElfKernelsTest {
  private static final byte[] ELF = MadeFiles.vmlinux("CONFIG_PVH=y\n");
  @TempDir private Path folder;
  private Path store;
  private ElfKernels kernels;

  @BeforeEach
  void start() {
    store = folder.resolve("unpacked");
    kernels = new ElfKernels(store);
  }

  private Path kernel(byte[] content) throws IOException {
    return Files.write(folder.resolve("kernel"), content);
  }

  private BootKernel unpack(Path kernel) throws IOException {
    return kernels.of(kernel, FileDigest.of(kernel));
  }

  /** As Linux's build packs it: the unpacked size stands behind all but gzip, which has its own. */
  private static byte[] bzImage(Compression how) {
    byte[] payload = MadeFiles.packed(how, ELF);
    return MadeFiles.bzImage(
        how == Compression.GZIP ? payload : MadeFiles.joined(payload, MadeFiles.number(ELF.length)),
        "",
        true);
  }

  private List<String> files() throws IOException {
    try (var files = Files.list(store)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"GZIP", "XZ", "BZIP2", "LZ4", "LZMA", "ZSTD"})
  void whatABzImageHoldsIsKeptUnderBothDigests(Compression how) throws IOException {
    Path kernel = kernel(bzImage(how));
    assertThat(ElfKernels.whyNot(kernel)).isEmpty();
    BootKernel found = unpack(kernel);
    assertThat(found.file()).hasBinaryContent(ELF);
    assertThat(found.digest()).isEqualTo(Digest.of(ELF));
    assertThat(found.hasPvhEntry()).isTrue();
    assertThat(files()).containsExactly(FileDigest.of(kernel).hex() + "-" + Digest.of(ELF).hex());
    assertThat(Files.getPosixFilePermissions(found.file()).toString()).doesNotContain("WRITE");
  }

  @Test
  void anElfFileIsTakenAsItIs() throws IOException {
    Path kernel = kernel(ELF);
    assertThat(unpack(kernel)).isEqualTo(new BootKernel(kernel, Digest.of(ELF), true));
    assertThat(store).doesNotExist();
    byte[] plain = MadeFiles.elf(MadeFiles.X86_64, 2, false, new byte[] {1});
    assertThat(unpack(kernel(plain)).hasPvhEntry()).isFalse();
  }

  @Test
  void itIsUnpackedOnceAndWhatWasBegunGoes() throws IOException {
    Path kernel = kernel(bzImage(Compression.LZ4));
    Files.createDirectories(store);
    Files.writeString(store.resolve("." + FileDigest.of(kernel).hex() + ".begun"), "half");
    BootKernel first = unpack(kernel);
    assertThat(files()).hasSize(1);
    var made = Files.getLastModifiedTime(first.file());
    assertThat(unpack(kernel)).isEqualTo(first);
    assertThat(Files.getLastModifiedTime(first.file())).isEqualTo(made);
  }

  @Test
  void whatNoImageHasAnyMoreGoes() throws IOException {
    Digest gone = FileDigest.of(kernel(bzImage(Compression.XZ)));
    unpack(folder.resolve("kernel"));
    Digest kept = FileDigest.of(kernel(bzImage(Compression.GZIP)));
    Path file = unpack(folder.resolve("kernel")).file();
    assertThat(files()).hasSize(2).anyMatch(name -> name.startsWith(gone.hex()));
    kernels.keepOnly(Set.of(kept.hex()));
    assertThat(files()).containsExactly(file.getFileName().toString());
  }

  private void assertRefused(byte[] content, String why) throws IOException {
    Path kernel = kernel(content);
    assertThatThrownBy(() -> unpack(kernel))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(kernel.toString())
        .hasMessageContaining(why);
    assertThat(Files.exists(store) ? files() : List.of()).isEmpty();
  }

  @Test
  void whatCannotBeUnpackedIsRefusedAndLeavesNothing() throws IOException {
    assertRefused(bzImage(Compression.LZO), "packed with lzo");
    assertThat(ElfKernels.whyNot(folder.resolve("kernel")).orElseThrow()).contains("lzo");
    assertRefused(MadeFiles.bzImage(new byte[64], "", true), "not known here");
    assertRefused("no kernel at all".getBytes(), "neither a bzImage nor an ELF file");
    byte[] packed = MadeFiles.packed(Compression.XZ, ELF);
    byte[] damaged = packed.clone();
    Arrays.fill(damaged, packed.length / 2, packed.length, (byte) 0);
    assertRefused(MadeFiles.bzImage(damaged, "", true), "damaged");
    byte[] zstd = MadeFiles.packed(Compression.ZSTD, ELF);
    assertRefused(MadeFiles.bzImage(Arrays.copyOf(zstd, zstd.length / 2), "", true), "damaged");
    assertRefused(
        MadeFiles.bzImage(MadeFiles.packed(Compression.GZIP, new byte[9]), "", true), "no ELF");
    assertRefused(
        MadeFiles.bzImage(
            MadeFiles.packed(Compression.GZIP, Arrays.copyOf(ELF, ELF.length / 2)), "", true),
        "cut off");
  }
}
