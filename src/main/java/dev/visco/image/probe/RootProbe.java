package dev.visco.image.probe;

import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The location and the ids of the root file system on a raw disk. Reads the partition table (UEFI
 * 2.10, chapter 5; or an MBR) and superblocks; mounts nothing.
 *
 * @param table {@code gpt}, {@code mbr}, or null for a bare file system
 * @param partition its number from 1 on, 0 for a bare file system
 * @param offset of the file system in bytes
 * @param partitionUuid in the form of the kernel's {@code root=PARTUUID=}, null when there is none
 */
public record RootProbe(
    @Nullable String table,
    int partition,
    long offset,
    @Nullable String partitionUuid,
    String type,
    @Nullable String fileSystemUuid,
    @Nullable String label,
    List<String> features,
    String kernelOption,
    List<String> unknown) {
  private static final int SECTOR = 512;
  private static final String ROOT_X86_64 = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";
  private static final String ROOT_ARM64 = "b921b045-1df0-41c3-af44-4c6f280d3fae";

  /** Probes a disk; refuses one without a recognizable root file system. */
  public static RootProbe of(Path file) {
    return of(file, file);
  }

  /**
   * Probes a copy of a disk.
   *
   * @param named the path that a refusal names
   */
  public static RootProbe of(Path file, Path named) {
    return OperatorFile.read(
        "rootfs", file, named, channel -> probe(RandomAccessBytes.of(channel), named));
  }

  private static RootProbe probe(RandomAccessBytes bytes, Path named) throws IOException {
    if (bytes.has(SECTOR, "EFI PART")) {
      return partitioned(bytes, "gpt", gpt(bytes, named), List.of(), named);
    }
    Optional<FileSystem> bare = FileSystem.at(bytes, 0);
    if (bare.isPresent()) {
      return of(new Partition(0, 0, bytes.size(), null, ""), bare.get(), null, List.of(), named);
    }
    List<Partition> table = mbr(bytes);
    Optional<String> name = FileSignature.name(bytes).filter(found -> !found.equals("zeros"));
    if (!table.isEmpty() && name.isEmpty()) {
      boolean hasExtended =
          table.stream().anyMatch(one -> List.of("05", "0f", "85").contains(one.type()));
      return partitioned(
          bytes,
          "mbr",
          table,
          hasExtended
              ? List.of(
                  "unknown: what is on the logical partitions: only primary ones are looked at")
              : List.of(),
          named);
    }
    throw noFileSystem(bytes, named);
  }

  private record Partition(
      int number, long start, long bytes, @Nullable String uuid, String type) {}

  private static RootProbe partitioned(
      RandomAccessBytes bytes,
      String table,
      List<Partition> partitions,
      List<String> unknown,
      Path named)
      throws IOException {
    record Found(Partition partition, FileSystem system) {}
    var found = new ArrayList<Found>();
    for (Partition partition : partitions) {
      FileSystem.at(bytes, partition.start())
          .ifPresent(system -> found.add(new Found(partition, system)));
    }
    List<Found> marked =
        found.stream().filter(one -> one.partition().type().equals(ROOT_X86_64)).toList();
    List<Found> choice = marked.size() == 1 ? marked : found;
    if (choice.isEmpty()) {
      throw OperatorFile.invalid(
          "rootfs",
          named,
          "has "
              + partitions.size()
              + " partitions ("
              + table
              + ") and on none of them a file system that is known here (ext2, ext3, ext4, xfs, btrfs, squashfs, erofs)",
          "Give a disk with one of these; LVM and encrypted volumes cannot be a root here.");
    }
    if (choice.size() > 1) {
      throw OperatorFile.invalid(
          "rootfs",
          named,
          "has several partitions that may be the root: "
              + choice.stream()
                  .map(one -> one.partition().number() + " (" + one.system().type() + ")")
                  .collect(Collectors.joining(", ")),
          "Mark the root with the partition type 8304 (sgdisk --typecode=N:8304), or give its partition alone as a file.");
    }
    return of(choice.getFirst().partition(), choice.getFirst().system(), table, unknown, named);
  }

  private static RootProbe of(
      Partition partition,
      FileSystem system,
      @Nullable String table,
      List<String> unknown,
      Path named) {
    if (system.bytes() > partition.bytes()) {
      throw OperatorFile.invalid(
          "rootfs",
          named,
          "is cut off: its "
              + system.type()
              + " file system has "
              + system.bytes()
              + " bytes, and there is room for "
              + partition.bytes(),
          "Copy it again.");
    }
    return new RootProbe(
        table,
        partition.number(),
        partition.start(),
        partition.uuid(),
        system.type(),
        system.uuid(),
        system.label(),
        system.features(),
        system.kernelOption(),
        unknown);
  }

  private static List<Partition> gpt(RandomAccessBytes bytes, Path named) throws IOException {
    ByteBuffer head = bytes.little(SECTOR, 92);
    long table = head.getLong(72) * SECTOR;
    int count = Math.clamp(head.getInt(80), 0, 1024);
    int size = Math.clamp(head.getInt(84), 128, 4096);
    var found = new ArrayList<Partition>();
    for (int number = 1; number <= count; number++) {
      ByteBuffer one = bytes.little(table + (long) (number - 1) * size, 128);
      String type = guid(one, 0);
      if (type.matches("[0-]+")) {
        continue;
      }
      if (type.equals(ROOT_ARM64)) {
        throw OperatorFile.invalid(
            "rootfs",
            named,
            "has a root partition for aarch64, and guests here are x86-64",
            "Give a root file system for x86-64.");
      }
      long start = one.getLong(32) * SECTOR;
      long room = Math.min((one.getLong(40) + 1) * SECTOR, bytes.size()) - start;
      found.add(new Partition(number, start, room, guid(one, 16), type));
    }
    return found;
  }

  /** A GUID on disk: its first three groups are little-endian (UEFI 2.10, appendix A). */
  public static String guid(ByteBuffer bytes, int at) {
    long high =
        (bytes.getInt(at) & 0xffffffffL) << 32
            | (bytes.getShort(at + 4) & 0xffffL) << 16
            | bytes.getShort(at + 6) & 0xffffL;
    return new UUID(high, Long.reverseBytes(bytes.getLong(at + 8))).toString();
  }

  private static List<Partition> mbr(RandomAccessBytes bytes) throws IOException {
    ByteBuffer sector = bytes.little(0, SECTOR);
    var found = new ArrayList<Partition>();
    if (sector.getShort(510) != (short) 0xaa55) {
      return found;
    }
    int signature = sector.getInt(440);
    for (int number = 1; number <= 4; number++) {
      int at = 446 + (number - 1) * 16;
      long start = (sector.getInt(at + 8) & 0xffffffffL) * SECTOR;
      long end = start + (sector.getInt(at + 12) & 0xffffffffL) * SECTOR;
      int type = sector.get(at + 4) & 0xff;
      if (type != 0 && start > 0 && start < bytes.size()) {
        // In the kernel's form (block/partitions/msdos.c).
        String uuid =
            signature == 0 ? null : String.format(Locale.ROOT, "%08x-%02x", signature, number);
        found.add(
            new Partition(
                number,
                start,
                Math.min(end, bytes.size()) - start,
                uuid,
                String.format(Locale.ROOT, "%02x", type)));
      }
    }
    return found;
  }

  private static Refused noFileSystem(RandomAccessBytes bytes, Path named) throws IOException {
    String name = FileSignature.name(bytes).orElse("");
    String remedy =
        "Give a raw disk with a partition table, or a bare ext4, xfs, btrfs, squashfs or erofs.";
    if (name.startsWith("a qcow2") || name.endsWith(" disk")) {
      remedy = "Convert it: qemu-img convert -O raw " + named.getFileName() + " root.img";
    } else if (name.contains("tar archive") || name.startsWith("something packed")) {
      remedy =
          "Unpack it; if it holds a root file system's files, make a disk of them: mke2fs -t ext4 -d FOLDER root.img 2G";
    }
    return OperatorFile.invalid(
        "rootfs",
        named,
        "begins with "
            + FileSignature.of(bytes)
            + " and is no root disk: it has no partition table and no file system that is known here",
        remedy);
  }

  /**
   * The value of {@code root=}, and why it was chosen.
   *
   * @param the reason, for people
   */
  public record Name(String root, String why) {}

  /**
   * Chooses a name that is certain to be found.
   *
   * @param initrd null when the kernel mounts the root without one
   */
  public Name name(@Nullable InitrdProbe initrd) {
    boolean hasInit = initrd != null && initrd.hasInit();
    boolean isOurs = initrd != null && initrd.isOurs();
    // Visco's initramfs reads GPT only, and does not know an MBR's id.
    if (partitionUuid != null && !(isOurs && "mbr".equals(table))) {
      return new Name(
          "PARTUUID=" + partitionUuid,
          hasInit
              ? "the partition has an id that the initramfs and the kernel know"
              : "the partition has an id that the kernel finds by itself, without an initramfs");
    }
    if (fileSystemUuid != null && hasInit && !type.equals("erofs")) {
      return new Name(
          "UUID=" + fileSystemUuid,
          "the file system has an id, which an initramfs finds and the kernel alone does not");
    }
    return new Name(
        "/dev/vda" + (partition == 0 ? "" : partition),
        "there is no id that can be found"
            + (hasInit ? "" : " without an initramfs")
            + "; the first disk on virtio is vda, on MMIO and on PCI");
  }
}
