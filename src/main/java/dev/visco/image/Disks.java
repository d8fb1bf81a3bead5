package dev.visco.image;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.SparseFile;
import dev.visco.host.TwoPassCopy;
import dev.visco.model.BootSpec;
import dev.visco.model.VmmUsers;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A VM's own disks: its root disk, which is a layer over the image's or a copy of it, and the seed
 * disk with the VM's own files.
 */
public final class Disks {
  private static final long MIB = 1 << 20;
  private static final Pattern VIRTUAL_SIZE = Pattern.compile("\"virtual-size\": (\\d+)");

  private final Host host;
  private final OverlayDisk overlays;
  private final EmptyLayers layers;

  public Disks(Host host) {
    this.host = host;
    this.layers = new EmptyLayers(host);
    this.overlays = new OverlayDisk(host);
  }

  /** What compresses the disks of VMs that have no machine. */
  public PackedDisks packed() {
    return new PackedDisks(host);
  }

  /**
   * The format of a VM's root disk: a layer if the VMM supports one, since it is created in an
   * instant and shares the image's data; otherwise a raw copy.
   */
  public static BootSpec.DiskFormat rootFormat(Set<BootSpec.DiskFormat> taken) {
    return taken.contains(BootSpec.DiskFormat.QCOW2)
        ? BootSpec.DiskFormat.QCOW2
        : BootSpec.DiskFormat.RAW;
  }

  /** A VM's root disk of this format in its folder; it need not exist. */
  public static BootSpec.Disk root(Path folder, BootSpec.DiskFormat format) {
    return new BootSpec.Disk(
        folder.resolve(
            switch (format) {
              case RAW -> "root.raw";
              case QCOW2 -> "root.qcow2";
            }),
        format,
        false);
  }

  /**
   * The root disk that exists in this folder. In an experiment's copy its format may differ from
   * its VMM's default.
   */
  public static BootSpec.Disk root(Path folder) {
    BootSpec.Disk raw = root(folder, BootSpec.DiskFormat.RAW);
    return Files.exists(raw.file()) ? raw : root(folder, BootSpec.DiskFormat.QCOW2);
  }

  /** MiB that a new root disk of this format takes before its guest writes anything. */
  public long rootMib(Image image, BootSpec.DiskFormat format) {
    if (image.manifest().hasReadOnlyRoot()) {
      return OverlayDisk.TAKEN_MIB;
    }
    return switch (format) {
      case QCOW2 -> 0;
      case RAW -> takenMib(image.rootfs());
    };
  }

  /**
   * MiB of an image's own root disk, rounded up, without a layer's metadata; of one that cannot be
   * written to, those of the disk that each VM gets beside it.
   */
  public static long sizeMib(Image image) {
    if (image.manifest().hasReadOnlyRoot()) {
      return OverlayDisk.SIZE_MIB;
    }
    try {
      return (Files.size(image.rootfs()) + (1 << 20) - 1) >> 20;
    } catch (IOException e) {
      throw new HostFault("cannot look at " + image.rootfs() + ": " + e.getMessage(), e);
    }
  }

  /** MiB that a file's data takes without its holes, rounded up; 0 for one that is not there. */
  public static long takenMib(Path file) {
    return (SparseFile.taken(file) + MIB - 1) / MIB;
  }

  /**
   * Creates a VM's root disk in {@code folder} from the image's, owned by {@code uid}. Safe to
   * repeat before launch: replaces an earlier, perhaps incomplete one.
   *
   * @param bytes the disk's size, in whole MiB; where the image has less, the last partition
   *     reaches to the new end ({@link GrownTable}), and what is new takes no room until it is
   *     written. A disk is never smaller than its image.
   */
  public BootSpec.Disk root(
      Image image, Path folder, int uid, BootSpec.DiskFormat format, long bytes) {
    if (image.manifest().hasReadOnlyRoot()) {
      return overlay(folder, uid, Math.max(bytes, sizeMib(image) << 20));
    }
    BootSpec.Disk disk = root(folder, format);
    DurableFiles.deleteTree(disk.file());
    try {
      boolean isLarger = bytes > sizeMib(image) << 20;
      long size = isLarger ? bytes : Files.size(image.rootfs());
      List<GrownTable> changes =
          isLarger
              ? GrownTable.of(image.rootfs(), size, image.manifest().partitionUuid())
              : List.of();
      switch (format) {
        case QCOW2 -> rootLayer(image, disk.file(), size, changes);
        case RAW -> rootCopy(image, disk.file(), size, changes);
      }
    } catch (IOException e) {
      throw new HostFault("cannot make " + disk.file() + ": " + HostFault.words(e), e);
    }
    own(disk.file(), uid, "rw-------");
    return disk;
  }

  /** What a VM writes goes to a disk of its own where the image's cannot be written to. */
  private BootSpec.Disk overlay(Path folder, int uid, long bytes) {
    BootSpec.Disk disk = root(folder, BootSpec.DiskFormat.RAW);
    DurableFiles.deleteTree(disk.file());
    overlays.make(disk.file(), bytes);
    own(disk.file(), uid, "rw-------");
    return disk;
  }

  private void rootCopy(Image image, Path disk, long size, List<GrownTable> changes)
      throws IOException {
    share(image.rootfs(), disk);
    Files.setPosixFilePermissions(disk, PosixFilePermissions.fromString("rw-------"));
    write(disk, size, changes);
  }

  private static void write(Path disk, long size, List<GrownTable> changes) throws IOException {
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(size);
      for (GrownTable change : changes) {
        file.seek(change.at());
        file.write(change.bytes());
      }
      file.getFD().sync();
    }
  }

  /**
   * Makes the root disk in this folder larger, with its last partition, or with the file system of
   * an overlay; what is new takes no room until it is written. Safe to repeat, also after a try
   * that was cut off. A disk that has this size or more stays as it is.
   *
   * @param bytes its new size, in whole MiB
   * @param partition as {@link GrownTable#of}
   */
  public void grow(Path folder, long bytes, @Nullable String partition) {
    BootSpec.Disk disk = root(folder);
    try {
      switch (disk.format()) {
        case RAW -> {
          if (OverlayDisk.isOne(disk.file())) {
            overlays.grow(disk.file(), bytes);
          } else if (Files.size(disk.file()) <= bytes) {
            write(disk.file(), bytes, GrownTable.headerLast(disk.file(), bytes, partition));
          }
        }
        case QCOW2 -> growLayer(disk.file(), bytes, partition);
      }
    } catch (IOException e) {
      throw new HostFault("cannot make " + disk.file() + " larger: " + HostFault.words(e), e);
    }
  }

  private void growLayer(Path layer, long bytes, @Nullable String partition) throws IOException {
    String file = layer.toString();
    String info =
        host.check(Command.of("qemu-img", "info", "-f", "qcow2", "--output=json", file)).output();
    Matcher size = VIRTUAL_SIZE.matcher(info);
    if (!size.find()) {
      throw new HostFault("qemu-img does not say how large " + file + " is");
    }
    long now = Long.parseLong(size.group(1));
    if (now > bytes) {
      return;
    }
    if (now < bytes) {
      host.check(Command.of("qemu-img", "resize", "-q", "-f", "qcow2", file, Long.toString(bytes)));
    }
    Path head = layer.resolveSibling("table-now");
    DurableFiles.deleteTree(head);
    host.check(
        Command.of(
            "qemu-img",
            "dd",
            "-f",
            "qcow2",
            "-O",
            "raw",
            "bs=1M",
            "count=2",
            "if=" + file,
            "of=" + head));
    write(layer, GrownTable.headerLast(head, bytes, partition));
    Files.delete(head);
  }

  private void rootLayer(Image image, Path layer, long size, List<GrownTable> changes)
      throws IOException {
    layers.make(layer, image.rootfs(), "raw", size);
    write(layer, changes);
  }

  private void write(Path layer, List<GrownTable> changes) throws IOException {
    if (changes.isEmpty()) {
      return;
    }
    String name = layer.getFileName().toString();
    Path folder = Objects.requireNonNull(layer.getParent());
    // Its commands are words with blanks between them, so that no path stands in them.
    var command = new ArrayList<>(List.of("qemu-io", "-f", "qcow2"));
    for (GrownTable change : changes) {
      Path part = folder.resolve("table-" + change.at());
      DurableFiles.write(part, change.bytes(), "rw-------");
      command.addAll(
          List.of(
              "-c",
              "write -q -s %s %d %d"
                  .formatted(part.getFileName(), change.at(), change.bytes().length)));
    }
    command.add(name);
    host.check(Command.of(command).in(folder));
    for (GrownTable change : changes) {
      Files.delete(folder.resolve("table-" + change.at()));
    }
  }

  private void copy(Path from, Path to, int uid) {
    DurableFiles.deleteTree(to);
    share(from, to);
    own(to, uid, "rw-------");
  }

  /** Copies a file without its holes; shares blocks where the file system can. */
  private void share(Path from, Path to) {
    host.check(
        Command.of("cp", "--sparse=auto", "--reflink=auto", "--", from.toString(), to.toString()));
  }

  /**
   * Copies another VM's root disk with all that its guest wrote, in the same format, for an
   * experiment or a snapshot. If the other VM runs, the copy is as after a power failure.
   */
  public BootSpec.Disk copyRoot(Path from, Path folder, int uid) {
    BootSpec.Disk disk = root(from);
    BootSpec.Disk copy = root(folder, disk.format());
    copy(disk.file(), copy.file(), uid);
    return copy;
  }

  /**
   * Does what it can of {@link #copyRoot} while the other VM writes to its disk: all of it, except
   * where the file system shares blocks, which costs nothing then.
   */
  public void beginCopyOfRoot(Path from, Path folder) throws IOException {
    Path disk = root(from).file();
    Path copy = root(folder, root(from).format()).file();
    DurableFiles.deleteTree(copy);
    boolean isShared = isShared(disk, copy);
    DurableFiles.deleteTree(copy); // What cp made, or began.
    if (!isShared) {
      Files.createFile(
          copy, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      TwoPassCopy.first(disk, copy);
    }
  }

  /**
   * A chain of snapshots of clones of snapshots becomes no longer than this: each read of what is
   * in none of its layers looks into all of them.
   */
  private static final int MAX_LAYERS = 16;

  /**
   * Makes a VM's root disk from a snapshot's, which nobody ever writes to again: a layer over it,
   * which is there at once and takes nothing. A raw disk is copied, with its holes, sharing its
   * blocks where the file system can; and so is a layer over too many others.
   *
   * @param from the folder with the snapshot's disk
   */
  public BootSpec.Disk fromSnapshot(Path from, Path folder, int uid) {
    if (!isLayered(from)) {
      return copyRoot(from, folder, uid);
    }
    Path below = root(from).file();
    lend(below);
    BootSpec.Disk disk = root(folder, BootSpec.DiskFormat.QCOW2);
    DurableFiles.deleteTree(disk.file());
    try {
      layers.make(disk.file(), below, "qcow2", null);
    } catch (IOException e) {
      throw new HostFault("cannot make " + disk.file() + ": " + HostFault.words(e), e);
    }
    own(disk.file(), uid, "rw-------");
    return disk;
  }

  /** Whether {@link #fromSnapshot} makes a layer. */
  public static boolean isLayered(Path from) {
    BootSpec.Disk disk = root(from);
    return disk.format() == BootSpec.DiskFormat.QCOW2
        && QcowHeader.chain(disk.file()).size() < MAX_LAYERS;
  }

  /**
   * Lets VMMs read a disk that others are layers over; nobody may write to it. What is so already
   * is left, since setting it would be a change of the file.
   */
  private static void lend(Path disk) {
    try {
      Set<PosixFilePermission> mode = PosixFilePermissions.fromString("r--r-----");
      if (!Files.getAttribute(disk, "unix:gid").equals(VmmUsers.GROUP)) {
        Files.setAttribute(disk, "unix:gid", VmmUsers.GROUP);
      }
      if (!Files.getPosixFilePermissions(disk).equals(mode)) {
        Files.setPosixFilePermissions(disk, mode);
      }
    } catch (IOException e) {
      throw new HostFault("cannot lend " + disk + ": " + HostFault.words(e), e);
    }
  }

  /**
   * Completes {@link #beginCopyOfRoot}, as {@link #copyRoot}; nobody writes to the disk. The copy
   * may become what other disks are layers over.
   */
  public void endCopyOfRoot(Path from, Path folder, int uid) throws IOException {
    BootSpec.Disk disk = root(from);
    Path copy = root(folder, disk.format()).file();
    if (Files.exists(copy)) {
      TwoPassCopy.second(disk.file(), copy);
    } else {
      copy(disk.file(), copy, uid);
    }
    if (disk.format() == BootSpec.DiskFormat.QCOW2) {
      lend(copy);
    }
  }

  /** Whether files that are copied from one folder to another share their blocks. */
  public boolean sharesBlocks(Path from, Path to) {
    Path probe = DurableFiles.half(from.resolve("shares-blocks"));
    Path copy = DurableFiles.half(to.resolve("shares-blocks-copy"));
    try {
      Files.createDirectories(from);
      Files.write(probe, new byte[1 << 16]);
      return isShared(probe, copy);
    } catch (IOException e) {
      throw new HostFault("cannot write into " + from + ": " + HostFault.words(e), e);
    } finally {
      DurableFiles.deleteTree(probe);
      DurableFiles.deleteTree(copy);
    }
  }

  /** Copies a file where the file system can share its blocks. */
  private boolean isShared(Path from, Path to) {
    return host.run(Command.of("cp", "--reflink=always", "--", from.toString(), to.toString()))
        .succeeded();
  }

  /**
   * Copies a layer so that it lies over the last file of its chain alone, an image's disk: all that
   * stands in the layers between is in the copy. They are not changed, and nobody writes to them.
   */
  public void copyWhole(Path layer, Path to) {
    share(layer, to);
    List<Path> chain = QcowHeader.chain(layer);
    if (chain.size() > 1) {
      host.check(
          Command.of(
                  "qemu-img",
                  "rebase",
                  "-q",
                  "-f",
                  "qcow2",
                  "-F",
                  "raw",
                  "-b",
                  chain.getLast().toString(),
                  to.toString())
              .within(Duration.ofHours(2)));
    }
  }

  /** Changes which file a layer names as the one below it; neither is read. */
  public void layOver(Path layer, Path below) {
    host.check(
        Command.of(
            "qemu-img",
            "rebase",
            "-q",
            "-u",
            "-f",
            "qcow2",
            "-F",
            "raw",
            "-b",
            below.toString(),
            layer.toString()));
  }

  /** The ending of a root disk's name while another disk is in its place. */
  private static final String ASIDE = ".aside";

  /** The same ending, as an earlier version wrote it. */
  private static final String EARLIER_ASIDE = ".before-restore";

  /** The disk that was set aside in this folder, if any. */
  public static Optional<Path> aside(Path folder) {
    return Arrays.stream(BootSpec.DiskFormat.values())
        .map(format -> root(folder, format).file())
        .flatMap(disk -> Stream.of(ending(disk, ASIDE), ending(disk, EARLIER_ASIDE)))
        .filter(Files::exists)
        .findFirst();
  }

  private static Path ending(Path disk, String ending) {
    return disk.resolveSibling(disk.getFileName() + ending);
  }

  /**
   * Sets a VM's root disk aside, so that another one can take its place. Safe to repeat: the first
   * disk is kept.
   */
  public static void putAside(Path folder) {
    Path disk = root(folder).file();
    if (aside(folder).isEmpty() && Files.exists(disk)) {
      move(disk, ending(disk, ASIDE));
    }
  }

  /**
   * Restores the disk that was set aside, replacing the present one. Safe to repeat.
   *
   * @return false when none was set aside
   */
  public static boolean putBack(Path folder) {
    Optional<Path> kept = aside(folder);
    kept.ifPresent(aside -> {
      String name = aside.getFileName().toString();
      Path disk = aside.resolveSibling(name.substring(0, name.lastIndexOf('.')));
      Path other = root(folder).file();
      if (!other.equals(disk)) {
        DurableFiles.deleteTree(other);
      }
      move(aside, disk);
    });
    return kept.isPresent();
  }

  /** Removes the disk that was set aside; safe to repeat. */
  public static void dropAside(Path folder) {
    aside(folder).ifPresent(DurableFiles::deleteTree);
  }

  /** Renames a file durably; replaces an existing one. */
  private static void move(Path from, Path to) {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new HostFault("cannot rename " + from + " to " + to + ": " + e.getMessage(), e);
    }
    DurableFiles.syncFolder(Objects.requireNonNull(to.getParent()));
  }

  /**
   * Creates {@code seed.img}: a small read-only disk that is two things at once. It is a plain tar
   * archive, from which our guests take their files before sshd starts; and from its 32nd KiB on,
   * within the archive's second entry, an ISO 9660 volume with the label {@code cidata}, which is
   * where cloud-init looks for what a cloud would tell it (its data source NoCloud). Files are
   * readable by root alone.
   *
   * @param files of the archive, by their names below {@code /run/visco} in the guest
   * @param cloudInit of the volume: {@code meta-data}, {@code user-data}, {@code network-config}
   */
  public BootSpec.Disk seed(
      Path folder, int uid, Map<String, byte[]> files, Map<String, byte[]> cloudInit) {
    Path disk = folder.resolve("seed.img");
    DurableFiles.write(disk, SeedDisk.bytes(files, cloudInit), "r--------");
    own(disk, uid, "r--------");
    return new BootSpec.Disk(disk, BootSpec.DiskFormat.RAW, true);
  }

  /** What a running guest takes from its seed disk: its files, by their names. */
  public static Map<String, byte[]> seedFiles(Path folder) {
    Path disk = folder.resolve("seed.img");
    try {
      return SeedDisk.files(Files.readAllBytes(disk));
    } catch (IOException e) {
      throw new HostFault("cannot read " + disk + ": " + e.getMessage(), e);
    }
  }

  private void own(Path file, int uid, String mode) {
    try {
      Files.setAttribute(file, "unix:uid", uid);
      Files.setAttribute(file, "unix:gid", uid);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    } catch (IOException e) {
      throw new HostFault("cannot set owner and mode of " + file + ": " + HostFault.words(e), e);
    }
  }
}
