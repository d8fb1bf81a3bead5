package dev.visco.image.probe;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The format of a disk's file, recognized by its contents alone. A file that needs another one, is
 * encrypted, or is no disk at all is refused for what it is, before anything opens it that would
 * follow what it says.
 */
public enum DiskFormat {
  RAW("raw"),
  QCOW2("qcow2"),
  VHD("vpc"),
  VHDX("vhdx"),
  VMDK("vmdk");

  private static final int FOOTER = 512;

  /** What qemu-img converts, but nobody publishes images in. */
  private static final Map<String, String> OTHERS =
      new TreeMap<>(
          Map.of(
              "<<< ", "a VDI disk",
              "QED\0", "a QED disk",
              "COWD", "a VMDK disk of an old ESX",
              "WithoutFreeSpace", "a Parallels disk",
              "WithouFreSpacExt", "a Parallels disk"));

  private static final Map<Compression, String> UNPACKED_BY =
      Map.of(
          Compression.GZIP, "gunzip",
          Compression.XZ, "unxz",
          Compression.BZIP2, "bunzip2",
          Compression.LZ4, "unlz4",
          Compression.LZ4_FRAME, "unlz4",
          Compression.LZMA, "unlzma",
          Compression.LZO, "lzop -d",
          Compression.ZSTD, "unzstd");

  private final String driver;

  DiskFormat(String driver) {
    this.driver = driver;
  }

  /** QEMU's name of it. */
  public String driver() {
    return driver;
  }

  /** Its usual name, like {@code vhd}. */
  public String word() {
    return this == VHD ? "vhd" : driver;
  }

  /**
   * Recognizes it.
   *
   * @param field of the request, which a refusal names with {@code named}
   */
  public static DiskFormat of(String field, Path file, Path named) {
    return OperatorFile.read(
        field,
        file,
        named,
        channel -> new Recognition(RandomAccessBytes.of(channel), field, named).format());
  }

  /** The recognition of one file. */
  private record Recognition(RandomAccessBytes bytes, String field, Path named) {
    DiskFormat format() throws IOException {
      if (bytes.has(0, "QFI\u00fb")) {
        return qcow2();
      }
      if (bytes.has(0, "vhdxfile")) {
        return VHDX;
      }
      if (bytes.has(0, "conectix")) {
        return growingVhd();
      }
      if (bytes.has(0, "KDMV")) {
        VmdkHeader.check(bytes, field, named);
        return VMDK;
      }
      if (bytes.has(0, "# Disk Desc")) {
        throw VmdkHeader.onlyDescriptor(bytes.read(0, VmdkHeader.MAX_DESCRIPTOR), field, named);
      }
      refuseOthers();
      return isFixedVhd() ? VHD : RAW;
    }

    /** QEMU, {@code docs/interop/qcow2.txt}. */
    private DiskFormat qcow2() throws IOException {
      ByteBuffer head = bytes.little(0, 104).order(ByteOrder.BIG_ENDIAN);
      int version = head.getInt(4);
      if (version < 2) {
        throw convertible("a disk of qcow's version " + version);
      }
      long backing = head.getLong(8);
      if (backing != 0) {
        int length = Math.clamp(head.getInt(16), 0, 1023);
        String name = latin(bytes.read(backing, length));
        throw VmdkHeader.needsOthers("its backing file " + ReadableLine.of(name), field, named);
      }
      if (head.getInt(32) != 0) {
        throw OperatorFile.invalid(
            field,
            named,
            "is encrypted (" + (head.getInt(32) == 1 ? "AES" : "LUKS") + ")",
            "Give it without encryption.");
      }
      long features = version == 2 ? 0 : head.getLong(72);
      if ((features & 4) != 0) {
        throw VmdkHeader.needsOthers("its external data file", field, named);
      }
      if ((features & 2) != 0) {
        throw OperatorFile.invalid(
            field, named, "is marked as corrupt", "Mend it (qemu-img check -r all), or copy it.");
      }
      return QCOW2;
    }

    /** Microsoft's Virtual Hard Disk Image Format Specification: a copy of the footer is first. */
    private DiskFormat growingVhd() throws IOException {
      int type = bytes.little(0, FOOTER).order(ByteOrder.BIG_ENDIAN).getInt(60);
      if (type == 4) {
        throw VmdkHeader.needsOthers("its parent, of which it has the differences", field, named);
      }
      if (!bytes.has(bytes.size() - FOOTER, "conectix")) {
        throw OperatorFile.invalid(
            field, named, "is cut off: a VHD disk ends with a footer", "Copy it again.");
      }
      return VHD;
    }

    /** Its contents are those of a raw disk, so that only a footer with the right sum counts. */
    private boolean isFixedVhd() throws IOException {
      if (bytes.size() < 2 * FOOTER || !bytes.has(bytes.size() - FOOTER, "conectix")) {
        return false;
      }
      byte[] footer = bytes.read(bytes.size() - FOOTER, FOOTER);
      ByteBuffer fields = ByteBuffer.wrap(footer);
      int sum = 0;
      for (int at = 0; at < FOOTER; at++) {
        sum += at >= 64 && at < 68 ? 0 : footer[at] & 0xff;
      }
      return fields.getInt(60) == 2 && fields.getInt(64) == ~sum;
    }

    private void refuseOthers() throws IOException {
      for (var other : OTHERS.entrySet()) {
        if (bytes.has(0, other.getKey())) {
          throw convertible(other.getValue());
        }
      }
      Optional<Compression> packed = Compression.of(bytes.read(0, 8));
      if (packed.isPresent()) {
        throw OperatorFile.invalid(
            field,
            named,
            "is packed with " + packed.get(),
            "Unpack it: " + UNPACKED_BY.get(packed.get()) + " " + named.getFileName());
      }
      if (bytes.has(257, "ustar")) {
        throw OperatorFile.invalid(
            field,
            named,
            "is a tar archive",
            "Unpack it (tar -xf "
                + named.getFileName()
                + "), and give the disk that is in it; of a container image, give it as oci.");
      }
      if (bytes.has(0, "PK\u0003\u0004")) {
        throw OperatorFile.invalid(
            field,
            named,
            "is a ZIP archive",
            "Unpack it (unzip " + named.getFileName() + "), and give the disk that is in it.");
      }
      if (bytes.has(0x8001, "CD001")) {
        throw OperatorFile.invalid(
            field,
            named,
            "is an ISO 9660 image, as of an installation medium",
            "Give the distribution's cloud image, or a disk on which it was installed.");
      }
      if (bytes.has(0, "LUKS\u00ba\u00be")) {
        throw OperatorFile.invalid(
            field, named, "is an encrypted LUKS volume", "Give it without encryption.");
      }
    }

    private dev.visco.model.Refused convertible(String what) {
      return OperatorFile.invalid(
          field,
          named,
          "is " + what,
          "Convert it: qemu-img convert -O qcow2 " + named.getFileName() + " disk.qcow2");
    }
  }

  static String latin(byte[] bytes) {
    return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
  }
}
