package dev.visco.image.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KernelProbeTest {
  private static final String CONFIGURATION = "CONFIG_VIRTIO_BLK=y\nCONFIG_IP_PNP=y\n";
  @TempDir Path folder;

  private Path file(byte[] content) throws IOException {
    return Files.write(folder.resolve("kernel"), content);
  }

  private KernelProbe probe(byte[] content) throws IOException {
    return KernelProbe.of(file(content));
  }

  private Refusal.Invalid refusal(byte[] content) throws IOException {
    Path file = file(content);
    var refusal = new Refusal[1];
    assertThatThrownBy(() -> KernelProbe.of(file))
        .isInstanceOfSatisfying(Refused.class, e -> refusal[0] = e.refusal());
    assertThat(refusal[0]).isInstanceOf(Refusal.Invalid.class);
    var invalid = (Refusal.Invalid) refusal[0];
    assertThat(invalid.field()).isEqualTo("kernel");
    assertThat(invalid.value()).isEqualTo(file.toString());
    assertThat(invalid.remedy()).isNotBlank();
    return invalid;
  }

  @Test
  void readsReleaseAndConfigurationOffAVmlinux() throws IOException {
    KernelProbe found = probe(MadeFiles.vmlinux(CONFIGURATION));
    assertThat(found.format()).isEqualTo(KernelProbe.KernelFormat.VMLINUX);
    assertThat(found.release()).isEqualTo(MadeFiles.RELEASE);
    assertThat(found.configuration()).isEqualTo(CONFIGURATION);
    assertThat(found.startsUnderQemu()).isTrue();
    assertThat(found.unknown()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"GZIP", "XZ", "BZIP2", "LZ4", "LZMA", "ZSTD"})
  void unpacksWhatABzImageHolds(Compression how) throws IOException {
    byte[] inside = MadeFiles.vmlinux(CONFIGURATION);
    byte[] payload = MadeFiles.packed(how, inside);
    if (how != Compression.GZIP) {
      payload = MadeFiles.joined(payload, MadeFiles.number(inside.length));
    }
    KernelProbe found = probe(MadeFiles.bzImage(payload, "", true));
    assertThat(found.format()).isEqualTo(KernelProbe.KernelFormat.BZIMAGE);
    assertThat(found.payload()).isEqualTo(how.toString());
    assertThat(found.release()).isEqualTo(MadeFiles.RELEASE);
    assertThat(found.configuration()).isEqualTo(CONFIGURATION);
    assertThat(found.unknown()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(value = Compression.class, names = "LZO")
  void saysWhichCompressionItCannotReadAndStillKnowsTheRelease(Compression how) throws IOException {
    byte[] payload = MadeFiles.packed(how, new byte[0]);
    KernelProbe found = probe(MadeFiles.bzImage(payload, "5.15.3-mine (me@here) #2 SMP\0", true));
    assertThat(found.release()).isEqualTo("5.15.3-mine");
    assertThat(found.configuration()).isNull();
    assertThat(found.unknown())
        .singleElement()
        .asString()
        .startsWith("unknown: the kernel's configuration")
        .contains(how.toString())
        .contains("--kernel-config");
  }

  @Test
  void tellsHowMuchMemoryABzImageNeedsToUnpackItself() throws IOException {
    byte[] payload = MadeFiles.packed(Compression.GZIP, MadeFiles.vmlinux(CONFIGURATION));
    byte[] bzImage = MadeFiles.bzImage(payload, "", true);
    // pref_address is 16 MiB and init_size 51 MiB and one byte.
    assertThat(probe(bzImage).minMemoryMib()).isEqualTo(68);
    // Neither was there before protocol 2.10.
    bzImage[0x206] = 0x09;
    assertThat(probe(bzImage).minMemoryMib()).isNull();
  }

  @Test
  void tellsWhereAVmlinuxEndsInMemory() throws IOException {
    byte[] vmlinux = MadeFiles.vmlinux(CONFIGURATION);
    assertThat(probe(vmlinux).minMemoryMib()).isEqualTo(25);
    byte[] absurd = vmlinux.clone();
    absurd[64 + 40 + 7] = 0x7f;
    assertThat(probe(absurd).minMemoryMib()).isNull();
  }

  @Test
  void theSetUpHeadersReleaseCountsMoreThanWhatIsInside() throws IOException {
    byte[] payload = MadeFiles.packed(Compression.GZIP, MadeFiles.vmlinux(CONFIGURATION));
    assertThat(probe(MadeFiles.bzImage(payload, "6.6.6-header \0", true)).release())
        .isEqualTo("6.6.6-header");
  }

  @Test
  void tellsOfItselfWhatIsBuiltIn() throws IOException {
    byte[] content =
        "Linux version 6.1.0 (x)\0virtio_blk.queue_depth\0EXT4-fs error\0"
            .getBytes(StandardCharsets.US_ASCII);
    KernelProbe found = probe(MadeFiles.elf(MadeFiles.X86_64, 2, true, content));
    assertThat(found.builtIn())
        .containsEntry("VIRTIO_BLK", "y")
        .containsEntry("EXT4_FS", "y")
        .containsEntry("VIRTIO_NET", "m or n")
        .containsEntry("IP_PNP", "n");
    assertThat(probe(MadeFiles.vmlinux(CONFIGURATION)).builtIn())
        .as("its own configuration tells more")
        .isEmpty();
    byte[] old = "Linux version 3.2.0 (x)\0".getBytes(StandardCharsets.US_ASCII);
    assertThat(probe(MadeFiles.elf(MadeFiles.X86_64, 2, true, old)).builtIn()).isEmpty();
  }

  @Test
  void saysWhatAKernelDoesNotTell() throws IOException {
    byte[] silent =
        MadeFiles.elf(MadeFiles.X86_64, 2, false, "nothing".getBytes(StandardCharsets.US_ASCII));
    KernelProbe found = probe(silent);
    assertThat(found.release()).isNull();
    assertThat(found.startsUnderQemu()).isFalse();
    assertThat(found.unknown())
        .hasSize(2)
        .anyMatch(statement -> statement.startsWith("unknown: the kernel's release"))
        .anyMatch(statement -> statement.contains("CONFIG_IKCONFIG"));
  }

  @Test
  void aBrokenPayloadIsSaidAndNotGuessed() throws IOException {
    byte[] payload = MadeFiles.packed(Compression.XZ, MadeFiles.vmlinux(CONFIGURATION));
    Arrays.fill(payload, payload.length / 2, payload.length, (byte) 0);
    KernelProbe found = probe(MadeFiles.bzImage(payload, "", true));
    assertThat(found.release()).isNull();
    assertThat(found.unknown())
        .hasSize(2)
        .anyMatch(text -> text.contains("cannot be unpacked (xz"));
  }

  @Test
  void refusesAFileThatIsNoKernelByItsFirstBytes() throws IOException {
    assertThat(refusal("#!/bin/sh\necho".getBytes(StandardCharsets.US_ASCII)).reason())
        .contains("23 21 2f 62", "a script", "\"HdrS\" at byte 514", "7f 45 4c 46");
    assertThat(refusal(MadeFiles.packed(Compression.GZIP, new byte[9])).reason())
        .contains("1f 8b", "packed with gzip");
    assertThat(refusal(new byte[] {1}).reason()).contains("begins with 01 and is no kernel");
  }

  @Test
  void refusesAnEmptyAMissingAndACutOffFile() throws IOException {
    assertThat(refusal(new byte[0]).reason()).isEqualTo("is empty");
    byte[] whole = MadeFiles.vmlinux(CONFIGURATION);
    assertThat(refusal(Arrays.copyOf(whole, whole.length / 2)).reason()).contains("is cut off");
    byte[] payload = MadeFiles.packed(Compression.GZIP, whole);
    byte[] bzImage = MadeFiles.bzImage(payload, "", true);
    assertThat(refusal(Arrays.copyOf(bzImage, bzImage.length - 16)).reason())
        .contains("is cut off: it has " + (bzImage.length - 16) + " bytes", "" + bzImage.length);
    assertThatThrownBy(() -> KernelProbe.of(folder.resolve("nowhere")))
        .hasMessageContaining("does not exist");
    assertThatThrownBy(() -> KernelProbe.of(folder)).hasMessageContaining("is a folder");
    assertThatThrownBy(() -> KernelProbe.of(Path.of("vmlinuz")))
        .hasMessageContaining("is not an absolute path");
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("gone"));
    assertThatThrownBy(() -> KernelProbe.of(link)).hasMessageContaining("is a link to something");
  }

  @Test
  void refusesKernelsOfOtherArchitectures() throws IOException {
    byte[] inside = MadeFiles.inside(CONFIGURATION);
    assertThat(refusal(MadeFiles.elf(MadeFiles.AARCH64, 2, false, inside)).reason())
        .contains("64-bit aarch64", "x86-64");
    byte[] image = new byte[128];
    image[56] = 'A';
    image[57] = 'R';
    image[58] = 'M';
    image[59] = 'd';
    assertThat(refusal(image).reason()).contains("aarch64");
    byte[] payload = MadeFiles.packed(Compression.GZIP, inside);
    assertThat(refusal(MadeFiles.bzImage(payload, "", false)).reason()).contains("32-bit i386");
  }

  @Test
  void refusesElfFilesThatAreNoKernels() throws IOException {
    assertThat(refusal(MadeFiles.module(MadeFiles.X86_64, MadeFiles.RELEASE)).reason())
        .contains("a kernel module?");
    assertThat(refusal(MadeFiles.elf(MadeFiles.X86_64, 3, false, new byte[8])).reason())
        .contains("program or library");
  }
}
