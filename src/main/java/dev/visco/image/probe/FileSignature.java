package dev.visco.image.probe;

import java.io.IOException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Recognizes the kind of a file by its first bytes (its magic number), for messages about files
 * that people give by mistake.
 */
final class FileSignature {
  private static final int SHOWN = 8;

  private static final Map<String, String> NAMES = names();

  private FileSignature() {}

  private static Map<String, String> names() {
    var names = new LinkedHashMap<String, String>();
    names.put("QFI\u00fb", "a qcow2 disk");
    names.put("KDMV", "a VMDK disk");
    names.put("vhdxfile", "a VHDX disk");
    names.put("conectix", "a VHD disk");
    names.put("<<< Oracle VM VirtualBox Disk Image", "a VDI disk");
    names.put("LUKS\u00ba\u00be", "an encrypted LUKS volume");
    names.put("070701", "a cpio archive");
    names.put("!<arch>", "a Debian package or ar archive");
    names.put("PK\u0003\u0004", "a ZIP archive");
    names.put("#!", "a script");
    names.put("MZ", "an EFI or Windows program");
    names.put("\u007fELF", "an ELF file");
    names.put("\0\0\0\0\0\0\0\0", "zeros");
    return names;
  }

  /** The kind of the file, by its first bytes or bytes further on; empty when unknown. */
  static Optional<String> name(RandomAccessBytes bytes) throws IOException {
    for (var name : NAMES.entrySet()) {
      if (bytes.has(0, name.getKey())) {
        return Optional.of(name.getValue());
      }
    }
    Optional<Compression> packed = Compression.of(bytes.read(0, SHOWN));
    if (packed.isPresent()) {
      return Optional.of("something packed with " + packed.get());
    }
    if (bytes.has(257, "ustar")) {
      return Optional.of("a tar archive");
    }
    if (bytes.has(0x8001, "CD001")) {
      return Optional.of("an ISO 9660 image");
    }
    return Optional.empty();
  }

  /** Whether a name is that of volumes in which a root may be, and which are not opened here. */
  static boolean isVolume(String name) {
    return name.contains("LVM") || name.contains("LUKS");
  }

  /**
   * What is at {@code start} where no file system of Linux is: a volume of LVM or LUKS, swap, or a
   * file system of others.
   */
  static Optional<String> foreign(RandomAccessBytes bytes, long start) throws IOException {
    if (bytes.has(start, "LUKS\u00ba\u00be")) {
      return Optional.of("an encrypted LUKS volume");
    }
    if (bytes.has(start + 512, "LABELONE") || bytes.has(start, "LABELONE")) {
      return Optional.of("a volume of LVM");
    }
    if (bytes.has(start + 4086, "SWAPSPACE2")) {
      return Optional.of("swap");
    }
    if (bytes.has(start + 3, "NTFS    ")) {
      return Optional.of("NTFS");
    }
    return bytes.has(start + 82, "FAT32") || bytes.has(start + 54, "FAT1")
        ? Optional.of("FAT")
        : Optional.empty();
  }

  /** The first bytes in hexadecimal, with a name when there is one. */
  static String of(RandomAccessBytes bytes) throws IOException {
    String hex = HexFormat.ofDelimiter(" ").formatHex(bytes.read(0, SHOWN));
    return name(bytes).map(name -> hex + " (" + name + ")").orElse(hex);
  }
}
