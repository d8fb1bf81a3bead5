package dev.visco.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.image.probe.MadeFiles;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZ;
import org.tukaani.xz.XZOutputStream;
import tools.jackson.databind.JsonNode;

/**
 * A kernel, an initramfs and a bare ext4 that are nobody's but their operator's: the third walk of
 * docs/bring-your-own.md, and the same guest with its initramfs packed otherwise.
 */
@ExtendWith(OuterNetwork.Extension.class)
class OwnGuestWalkIT {
  private static final boolean ALL = Boolean.getBoolean("visco.all");

  @TempDir private Path folder;

  /** How an initramfs is packed. */
  private interface Packing {
    OutputStream over(OutputStream out) throws IOException;
  }

  @Test
  void theWalkEndsReadyAndSoDoOtherKindsOfInitramfs() throws Exception {
    Path guest = OwnGuest.folder();
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      walk(visco, guest);
      byte[] plain = plain(guest.resolve("initrd.img"));
      assertBoots(visco, guest, "microcode", behindMicrocode(guest.resolve("initrd.img")), true);
      for (var packing : packings().entrySet()) {
        Path packed = packed(plain, packing.getKey(), packing.getValue());
        assertBoots(visco, guest, packing.getKey(), packed, ALL);
      }
      if (ALL) {
        assertRootBoots(visco, guest, "btrfs", btrfs(guest.resolve("root")));
        assertRootBoots(visco, guest, "xfs", xfs(guest.resolve("root")));
      }
    }
  }

  private Path empty(String name) {
    Path file = folder.resolve(name);
    check("truncate", "-s", "2G", file.toString());
    return file;
  }

  private Path btrfs(Path root) {
    Path file = empty("root.btrfs");
    check("mkfs.btrfs", "-q", "--rootdir", root.toString(), file.toString());
    return file;
  }

  /** By a mount: mkfs.xfs takes no folder. */
  private Path xfs(Path root) throws IOException {
    Path file = empty("root.xfs");
    check("mkfs.xfs", "-q", file.toString());
    Path mounted = Files.createDirectory(folder.resolve("mounted"));
    check("mount", "-o", "loop,nouuid", file.toString(), mounted.toString());
    try {
      check("cp", "-a", root + "/.", mounted.toString());
    } finally {
      check("umount", mounted.toString());
    }
    return file;
  }

  private static void check(String... words) {
    new LinuxHost().check(Command.of(words).within(Duration.ofMinutes(5)));
  }

  /** Imports the guest with another file system, and boots it. */
  private static void assertRootBoots(ViscoUnderTest visco, Path guest, String type, Path root) {
    visco.ok(
        "image",
        "import",
        type,
        "--kernel",
        guest.resolve("vmlinuz").toString(),
        "--initrd",
        guest.resolve("initrd.img").toString(),
        "--rootfs",
        root.toString());
    assertThat(
            visco.json("image", "inspect", type).path("manifest").path("rootFileSystem").asString())
        .isEqualTo(type);
    String vm = visco.create("--image", type);
    assertThat(visco.ok("exec", vm, "cat", "/proc/mounts")).containsPattern(" / " + type + " rw");
    visco.ok("rm", vm);
  }

  private static void walk(ViscoUnderTest visco, Path guest) {
    var run =
        new DocumentRun(
                words -> {
                  CommandResult result = visco.run(words.toArray(String[]::new));
                  return new DocumentRun.Outcome(
                      result.exitCode(), result.output(), result.error());
                })
            .with("vmlinuz", guest.resolve("vmlinuz").toString())
            .with("initrd.img", guest.resolve("initrd.img").toString())
            .with("root.img", guest.resolve("root.img").toString());
    List<FencedBlock> blocks = OwnGuest.walk();
    assertThat(blocks).hasSize(2);
    run.run(blocks.getLast());
    assertThat(run.ran()).hasSize(5);
    String vm = run.filled("$VM");
    assertThat(visco.ok("logs", vm)).contains("Power down");
    JsonNode manifest = visco.json("image", "inspect", "own").path("manifest");
    assertThat(manifest.path("root").asString()).startsWith("UUID=");
    assertThat(manifest.path("kernelConfig").path("VIRTIO_BLK").asString())
        .as("of the configuration in the disk's /boot")
        .isEqualTo("m");
  }

  private static Map<String, Packing> packings() {
    return ALL
        ? Map.of(
            "raw",
            out -> out,
            "gzip",
            GZIPOutputStream::new,
            "xz",
            out -> new XZOutputStream(out, new LZMA2Options(0), XZ.CHECK_CRC32),
            "zstd",
            out -> new com.github.luben.zstd.ZstdOutputStream(out, 3))
        : Map.of("xz", out -> new XZOutputStream(out, new LZMA2Options(0), XZ.CHECK_CRC32));
  }

  /**
   * Debian's initramfs unpacked: where there is microcode before it, it has none of our guests'.
   */
  private static byte[] plain(Path initrd) throws IOException {
    byte[] bytes = Files.readAllBytes(initrd);
    try (InputStream in = unpacking(bytes)) {
      return in.readAllBytes();
    }
  }

  private static InputStream unpacking(byte[] bytes) throws IOException {
    var in = new ByteArrayInputStream(bytes);
    return bytes[0] == 0x1f
        ? new GZIPInputStream(in)
        : new com.github.luben.zstd.ZstdInputStream(in);
  }

  private Path packed(byte[] plain, String name, Packing packing) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (OutputStream out = packing.over(bytes)) {
      out.write(plain);
    }
    return Files.write(folder.resolve("initrd-" + name), bytes.toByteArray());
  }

  /** A plain archive with the file of a processor's microcode, and the initramfs after it. */
  private Path behindMicrocode(Path initrd) throws IOException {
    byte[] microcode = MadeFiles.cpio("kernel/x86/microcode/GenuineIntel.bin", new byte[2048]);
    return Files.write(
        folder.resolve("initrd-microcode"),
        MadeFiles.joined(microcode, Files.readAllBytes(initrd)));
  }

  /** Imports the guest with this initramfs, and boots it; modules that were found are the same. */
  private static void assertBoots(
      ViscoUnderTest visco, Path guest, String name, Path initrd, boolean isBooted) {
    visco.ok(
        "image",
        "import",
        name,
        "--kernel",
        guest.resolve("vmlinuz").toString(),
        "--initrd",
        initrd.toString(),
        "--rootfs",
        guest.resolve("root.img").toString());
    JsonNode manifest = visco.json("image", "inspect", name).path("manifest");
    assertThat(manifest.path("initrdModules"))
        .as(name)
        .isEqualTo(visco.json("image", "inspect", "own").path("manifest").path("initrdModules"))
        .isNotEmpty();
    if (isBooted) {
      String vm = visco.create("--image", name);
      assertThat(visco.ok("exec", vm, "cat", "/proc/1/comm").strip()).isIn("init", "busybox");
      visco.ok("rm", vm);
    }
  }
}
