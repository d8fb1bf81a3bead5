package dev.visco.image.probe;

import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
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
  private static final String ROOT_X86_64 = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";

  /** The type of partitions with what is mounted on {@code /boot} (XBOOTLDR). */
  private static final String BOOT = "bc13c2ff-59e6-4262-a352-b275fd6f7172";

  /** Labels that distributions give the file system that is their root, and no other. */
  private static final List<String> ROOT_LABELS =
      List.of("root", "rootfs", "cloudimg-rootfs", "ROOT", "/");

  private static final List<String> BOOT_LABELS = List.of("boot", "BOOT", "/boot");

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
    return of("rootfs", file, named);
  }

  /** The same, where a refusal names another field. */
  public static RootProbe of(String field, Path file, Path named) {
    return OperatorFile.read(
        field,
        file,
        named,
        channel -> new Search(RandomAccessBytes.of(channel), field, named).root());
  }

  /** A partition and the file system on it. */
  private record Found(DiskPartitions.Partition partition, FileSystem system) {}

  /** The search on one disk. */
  private record Search(RandomAccessBytes bytes, String field, Path named) {
    RootProbe root() throws IOException {
      Optional<DiskPartitions> gpt = DiskPartitions.gpt(bytes);
      if (gpt.isPresent()) {
        return partitioned(gpt.get());
      }
      Optional<FileSystem> bare = FileSystem.at(bytes, 0);
      if (bare.isPresent()) {
        var whole = new DiskPartitions.Partition(0, 0, bytes.size(), null, "");
        return probe(new Found(whole, bare.get()), null, List.of());
      }
      Optional<DiskPartitions> mbr = DiskPartitions.mbr(bytes);
      Optional<String> name = FileSignature.name(bytes).filter(found -> !found.equals("zeros"));
      if (mbr.isPresent() && name.isEmpty()) {
        return partitioned(mbr.get());
      }
      throw noFileSystem(bytes, field, named);
    }

    private RootProbe partitioned(DiskPartitions disk) throws IOException {
      var found = new ArrayList<Found>();
      var foreign = new ArrayList<String>();
      for (DiskPartitions.Partition partition : disk.partitions()) {
        DiskPartitions.requireUsable(partition, field, named);
        Optional<FileSystem> system = FileSystem.at(bytes, partition.start());
        system.ifPresent(one -> found.add(new Found(partition, one)));
        FileSignature.foreign(bytes, partition.start())
            .filter(name -> system.isEmpty())
            .ifPresent(name -> foreign.add(partition.number() + " (" + name + ")"));
      }
      boolean isRootHidden =
          foreign.stream().anyMatch(FileSignature::isVolume)
              && found.stream().allMatch(Search::isForBoot);
      if (found.isEmpty() || isRootHidden) {
        throw noRoot(disk, foreign);
      }
      var unknown = new ArrayList<String>();
      if (disk.hasExtended()) {
        unknown.add("unknown: what is on the logical partitions: only primary ones are looked at");
      }
      foreign.stream()
          .filter(FileSignature::isVolume)
          .forEach(one ->
              unknown.add("unknown: what is on partition " + one + ", which is not opened here"));
      return probe(chosen(found), disk.table(), List.copyOf(unknown));
    }

    private static boolean isForBoot(Found one) {
      return one.partition().type().equals(BOOT) || one.system().isLabelled(BOOT_LABELS);
    }

    private Refused noRoot(DiskPartitions disk, List<String> foreign) {
      return OperatorFile.invalid(
          field,
          named,
          "has "
              + disk.partitions().size()
              + " partitions ("
              + disk.table()
              + ") and on none of them a root file system that is known here (ext2, ext3, ext4, xfs, btrfs, squashfs, erofs)"
              + (foreign.isEmpty() ? "" : "; there is: " + String.join(", ", foreign)),
          "Give a disk with one of these; LVM and encrypted volumes cannot be a root here.");
    }

    /** By the partition's type, else by labels, else the only one that is not for /boot. */
    private Found chosen(List<Found> all) {
      List<Predicate<Found>> rules =
          List.of(
              one -> one.partition().type().equals(ROOT_X86_64),
              one -> one.system().isLabelled(ROOT_LABELS),
              one -> !isForBoot(one));
      for (Predicate<Found> rule : rules) {
        List<Found> choice = all.stream().filter(rule).toList();
        if (choice.size() == 1) {
          return choice.getFirst();
        }
      }
      if (all.size() == 1) {
        return all.getFirst();
      }
      throw OperatorFile.invalid(
          field,
          named,
          "has several partitions that may be the root: "
              + all.stream()
                  .map(one -> one.partition().number() + " (" + one.system().type() + ")")
                  .collect(Collectors.joining(", ")),
          "Mark the root with the partition type 8304 (sgdisk --typecode=N:8304), or give its partition alone as a file.");
    }

    private RootProbe probe(Found found, @Nullable String table, List<String> unknown) {
      FileSystem system = found.system();
      DiskPartitions.Partition partition = found.partition();
      if (system.bytes() > partition.bytes()) {
        throw OperatorFile.invalid(
            field,
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
  }

  /**
   * Where other ext file systems are, in bytes, those for /boot first: a kernel may be there.
   *
   * @param file a raw disk with this root
   */
  List<Long> bootFileSystems(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      RandomAccessBytes bytes = RandomAccessBytes.of(channel);
      Optional<DiskPartitions> disk =
          "gpt".equals(table) ? DiskPartitions.gpt(bytes) : DiskPartitions.mbr(bytes);
      var found = new ArrayList<Long>();
      for (DiskPartitions.Partition one : disk.map(DiskPartitions::partitions).orElse(List.of())) {
        Optional<FileSystem> system = FileSystem.at(bytes, one.start()).filter(FileSystem::isExt);
        if (system.isPresent() && one.start() != offset) {
          boolean isBoot = one.type().equals(BOOT) || system.get().isLabelled(BOOT_LABELS);
          found.add(isBoot ? 0 : found.size(), one.start());
        }
      }
      return found;
    }
  }

  /** Whether it is ext2, ext3 or ext4. */
  public boolean isExt() {
    return type.startsWith("ext");
  }

  /** Whether its files can be read here without mounting it. */
  public boolean isReadable() {
    return isExt() || isReadOnly();
  }

  /** Whether its type cannot be written to: squashfs or erofs. */
  public boolean isReadOnly() {
    return type.equals("squashfs") || type.equals("erofs");
  }

  /** A GUID on disk. */
  public static String guid(ByteBuffer bytes, int at) {
    return DiskPartitions.guid(bytes, at);
  }

  private static Refused noFileSystem(RandomAccessBytes bytes, String field, Path named)
      throws IOException {
    String name = FileSignature.name(bytes).filter(one -> !one.equals("zeros")).orElse("");
    Optional<String> volume = FileSignature.foreign(bytes, 0);
    if (volume.isPresent()) {
      return OperatorFile.invalid(
          field,
          named,
          "is " + volume.get() + " and no root file system",
          "Give a bare ext4, xfs or btrfs, or a disk with one; LVM and encrypted volumes cannot be a root here.");
    }
    String remedy =
        "Give a raw disk with a partition table, or a bare ext4, xfs, btrfs, squashfs or erofs.";
    if (name.startsWith("a qcow2") || name.endsWith(" disk")) {
      remedy =
          "Give it as disk instead, which is converted (--disk; the API's disk), or convert it: qemu-img convert -O raw "
              + named.getFileName()
              + " root.img";
    } else if (name.contains("tar archive") || name.startsWith("something packed")) {
      remedy =
          "Unpack it; if it holds a root file system's files, make a disk of them: mke2fs -t ext4 -d FOLDER root.img 2G";
    }
    return OperatorFile.invalid(
        field,
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
