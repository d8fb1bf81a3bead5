package dev.visco.image.probe;

import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header and the descriptor of a VMDK disk (VMware's Virtual Disk Format 5.0), of which only a
 * single file that needs no other is taken: {@code monolithicSparse} and {@code streamOptimized}.
 */
final class VmdkHeader {
  static final int MAX_DESCRIPTOR = 64 << 10;
  private static final int SECTOR = 512;
  private static final int MAX_NAMES = 4;
  private static final Pattern EXTENT =
      Pattern.compile("(?m)^(?:RW|RDONLY|NOACCESS) [0-9]+ [A-Z]+(?: \"([^\"\n]*)\")?");
  private static final Pattern TYPE = Pattern.compile("(?m)^createType=\"([A-Za-z0-9]{1,40})\"");
  private static final Pattern PARENT = Pattern.compile("(?m)^parentCID=(?!ffffffff)[0-9a-f]{1,8}");

  private VmdkHeader() {}

  /** Refuses a disk that needs another file, or is encrypted. */
  static void check(RandomAccessBytes bytes, String field, Path named) throws IOException {
    ByteBuffer head = bytes.little(0, 80);
    long place = head.getLong(28);
    long length = head.getLong(36);
    if (place <= 0 || length <= 0) {
      throw OperatorFile.invalid(
          field,
          named,
          "is one of several files of a VMDK disk, and has no descriptor",
          whole(named));
    }
    byte[] found =
        bytes.read(place * SECTOR, (int) Math.min(length, MAX_DESCRIPTOR / SECTOR) * SECTOR);
    String text = DiskFormat.latin(found).replace("\r", "");
    if (text.contains("\nencryption.")) {
      throw OperatorFile.invalid(field, named, "is encrypted", "Give it without encryption.");
    }
    if (PARENT.matcher(text).find()) {
      throw needsOthers("its parent, of which it has the differences", field, named);
    }
    Matcher type = TYPE.matcher(text);
    boolean isSingle = type.find() && type.group(1).matches("monolithicSparse|streamOptimized");
    if (!isSingle || head.getLong(12) == 0 || extents(text).size() > 1) {
      throw onlyDescriptor(found, field, named);
    }
  }

  private static List<String> extents(String descriptor) {
    var names = new ArrayList<String>();
    Matcher extent = EXTENT.matcher(descriptor);
    while (extent.find() && names.size() < MAX_NAMES) {
      String name = extent.group(1);
      names.add(name == null ? "?" : ReadableLine.of(name));
    }
    return names;
  }

  /** The refusal of a descriptor whose data is in other files. */
  static Refused onlyDescriptor(byte[] descriptor, String field, Path named) {
    List<String> names = extents(DiskFormat.latin(descriptor).replace("\r", ""));
    return needsOthers(
        "those with the data of this VMDK disk" + (names.isEmpty() ? "" : " " + names),
        field,
        named);
  }

  static Refused needsOthers(String others, String field, Path named) {
    return OperatorFile.invalid(field, named, "needs other files: " + others, whole(named));
  }

  private static String whole(Path named) {
    return "Make one file of all where they are: qemu-img convert -O qcow2 "
        + named.getFileName()
        + " whole.qcow2";
  }
}
