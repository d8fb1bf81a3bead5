package dev.visco.image.probe;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveOutputStream;
import org.apache.commons.compress.archivers.cpio.CpioConstants;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.apache.commons.compress.compressors.lz4.BlockLZ4CompressorOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.LZMAOutputStream;
import org.tukaani.xz.X86Options;
import org.tukaani.xz.XZ;
import org.tukaani.xz.XZOutputStream;

/** Kernels, initramfs and modules as small as they can be, laid out as the real ones are. */
public final class MadeFiles {
  public static final String RELEASE = "6.1.0-7-made-amd64";
  public static final int X86_64 = 62;
  static final int AARCH64 = 183;

  private MadeFiles() {}

  /** An executable ELF file with one loaded segment and perhaps a note with a PVH entry. */
  public static byte[] elf(int machine, int type, boolean hasPvh, byte[] content) {
    int start = 64 + 2 * 56;
    int noteAt = start + content.length;
    var bytes = ByteBuffer.allocate(noteAt + 32).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(0, new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
    bytes.putShort(16, (short) type).putShort(18, (short) machine);
    bytes.putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 2);
    bytes.putInt(64, 1).putLong(64 + 8, start).putLong(64 + 32, content.length);
    // At 16 MiB, as Linux is, and with 8 MiB more than the file has, for what begins as zeros.
    bytes.putLong(64 + 24, 16 << 20).putLong(64 + 40, content.length + (8L << 20));
    bytes.putInt(120, 4).putLong(120 + 8, noteAt).putLong(120 + 32, 32);
    bytes.put(start, content);
    // A note that is not Xen's comes first, so that they have to be walked.
    bytes
        .putInt(noteAt, 4)
        .putInt(noteAt + 4, 0)
        .putInt(noteAt + 8, 18)
        .put(noteAt + 12, "GNU\0".getBytes(StandardCharsets.US_ASCII));
    int xen = noteAt + 16;
    bytes.putInt(xen, 4).putInt(xen + 4, 0).putInt(xen + 8, hasPvh ? 18 : 17);
    bytes.put(xen + 12, "Xen\0".getBytes(StandardCharsets.US_ASCII));
    return bytes.array();
  }

  /** A static program. */
  public static byte[] program(int machine) {
    return elf(machine, 2, false, new byte[] {(byte) 0x90});
  }

  public static byte[] vmlinux(String configuration) {
    return elf(X86_64, 2, true, inside(configuration));
  }

  /** What a kernel's memory holds: the format of its banner, its banner, its configuration. */
  static byte[] inside(String configuration) {
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes("Linux version %s\0...".getBytes(StandardCharsets.US_ASCII));
    bytes.writeBytes(
        ("Linux version " + RELEASE + " (somebody@somewhere) #1\0")
            .getBytes(StandardCharsets.US_ASCII));
    if (!configuration.isEmpty()) {
      bytes.writeBytes("IKCFG_ST".getBytes(StandardCharsets.US_ASCII));
      bytes.writeBytes(packed(Compression.GZIP, configuration.getBytes(StandardCharsets.UTF_8)));
      bytes.writeBytes("IKCFG_ED".getBytes(StandardCharsets.US_ASCII));
    }
    return bytes.toByteArray();
  }

  /** A bzImage with a set-up of four sectors and this payload. */
  public static byte[] bzImage(byte[] payload, String version, boolean is64Bit) {
    int code = 5 * 512;
    int paragraphs = (payload.length + 64 + 15) / 16;
    var bytes = ByteBuffer.allocate(code + paragraphs * 16).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(0x1f1, (byte) 4).putInt(0x1f4, paragraphs).putShort(0x1fe, (short) 0xaa55);
    bytes.put(0x202, "HdrS".getBytes(StandardCharsets.US_ASCII)).putShort(0x206, (short) 0x020f);
    bytes.putShort(0x236, (short) (is64Bit ? 1 : 0));
    bytes.putInt(0x248, 64).putInt(0x24c, payload.length);
    bytes.putLong(0x258, 16 << 20).putInt(0x260, (51 << 20) + 1);
    if (!version.isEmpty()) {
      bytes.putShort(0x20e, (short) 0x400);
      bytes.put(0x600, version.getBytes(StandardCharsets.US_ASCII));
    }
    bytes.put(code + 64, payload);
    return bytes.array();
  }

  /** Packs as the kernel's build does; for lzo only the first bytes are right. */
  public static byte[] packed(Compression how, byte[] plain) {
    var bytes = new ByteArrayOutputStream();
    try {
      switch (how) {
        case GZIP -> write(new GZIPOutputStream(bytes), plain);
        case XZ ->
            write(
                new XZOutputStream(
                    bytes,
                    new org.tukaani.xz.FilterOptions[] {new X86Options(), new LZMA2Options()},
                    XZ.CHECK_CRC32),
                plain);
        case BZIP2 -> write(new BZip2CompressorOutputStream(bytes), plain);
        case LZMA -> write(new LZMAOutputStream(bytes, new LZMA2Options(), -1), plain);
        case LZ4 -> lz4(bytes, plain);
        case LZ4_FRAME ->
            write(
                new org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorOutputStream(
                    bytes),
                plain);
        case ZSTD -> write(new ZstdOutputStream(bytes).setLevel(22).setLong(27), plain);
        case LZO -> bytes.writeBytes(new byte[] {(byte) 0x89, 'L', 'Z', 'O', 0, 0x0d, 0x0a, 0x1a});
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void write(OutputStream out, byte[] plain) throws IOException {
    try (out) {
      out.write(plain);
    }
  }

  /** Two blocks, as a kernel of more than 8 MiB has. */
  private static void lz4(ByteArrayOutputStream bytes, byte[] plain) throws IOException {
    bytes.writeBytes(new byte[] {0x02, 0x21, 0x4c, 0x18});
    int half = plain.length / 2;
    for (byte[] part :
        new byte[][] {Arrays.copyOf(plain, half), Arrays.copyOfRange(plain, half, plain.length)}) {
      var block = new ByteArrayOutputStream();
      write(new BlockLZ4CompressorOutputStream(block), part);
      bytes.writeBytes(number(block.size()));
      bytes.writeBytes(block.toByteArray());
    }
  }

  /** What Linux's build appends to every payload but a gzip one: the unpacked size. */
  public static byte[] number(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  public static byte[] joined(byte[]... parts) {
    var bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }

  /** One cpio archive: names and contents by turns. */
  public static byte[] cpio(Object... namesAndContents) {
    var bytes = new ByteArrayOutputStream();
    try (var cpio = new CpioArchiveOutputStream(bytes, CpioConstants.FORMAT_NEW)) {
      for (int at = 0; at < namesAndContents.length; at += 2) {
        byte[] content = (byte[]) namesAndContents[at + 1];
        var entry =
            new CpioArchiveEntry(
                CpioConstants.FORMAT_NEW, (String) namesAndContents[at], content.length);
        entry.setMode(CpioConstants.C_ISREG | 0755);
        cpio.putArchiveEntry(entry);
        cpio.write(content);
        cpio.closeArchiveEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static byte[] module(int machine, String release) {
    String information =
        "\0license=GPL\0depends=virtio,virtio-ring\0vermagic="
            + release
            + " SMP preempt mod_unload \0";
    return elf(machine, 1, false, information.getBytes(StandardCharsets.US_ASCII));
  }
}
