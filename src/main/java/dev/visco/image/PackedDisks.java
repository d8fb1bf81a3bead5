package dev.visco.image;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.model.BootSpec;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Root disks that are kept compressed while their VMs have no machine. A layer is replaced by one
 * with compressed clusters, which QEMU boots from as it is (qemu-img(1), {@code convert -c}); a raw
 * disk becomes such a layer without a base, and is written anew before its next boot.
 *
 * <p>A compressed copy has its name only once it was compared with the disk and synced. As long as
 * the disk is there, it is the one that counts; what is cut off at any point is begun anew.
 */
public final class PackedDisks {
  private static final String PACKED = ".packed";

  /** For the largest disks on the slowest hosts: with the lowest priority nobody waits for it. */
  private static final Duration MAX = Duration.ofHours(6);

  private final Host host;

  public PackedDisks(Host host) {
    this.host = host;
  }

  /** The compressed root disk in this folder; empty for none. */
  public static Optional<Path> of(Path folder) {
    for (BootSpec.DiskFormat format : BootSpec.DiskFormat.values()) {
      Path packed = packed(Disks.root(folder, format).file());
      if (Files.exists(packed)) {
        return Optional.of(packed);
      }
    }
    return Optional.empty();
  }

  private static Path packed(Path disk) {
    return disk.resolveSibling(disk.getFileName() + PACKED);
  }

  /**
   * Writes a compressed copy beside the root disk in this folder, and compares the two. Nobody
   * writes to the disk meanwhile; where somebody does, the caller does not use the copy.
   *
   * @throws HostFault when it cannot be written, or is another disk than the one it was made from
   */
  public void pack(Path folder) {
    BootSpec.Disk disk = Disks.root(folder);
    Path packed = packed(disk.file());
    Path half = DurableFiles.half(packed);
    try {
      convert(disk, half);
      run(
          "compare",
          "-q",
          "-U",
          "-f",
          format(disk),
          "-F",
          "qcow2",
          disk.file().toString(),
          half.toString());
      likeThatOf(disk.file(), half);
      DurableFiles.sync(half);
      move(half, packed);
    } finally {
      DurableFiles.deleteTree(half);
    }
  }

  private void convert(BootSpec.Disk disk, Path to) {
    var words = new ArrayList<>(List.of("convert", "-q", "-U", "-f", format(disk)));
    words.addAll(List.of("-O", "qcow2", "-c", "-o", "compression_type=zstd"));
    if (disk.format() == BootSpec.DiskFormat.QCOW2) {
      String info =
          host.check(
                  Command.of(
                      "qemu-img", "info", "-U", "-f", "qcow2", "--output=json", disk.file() + ""))
              .output();
      JsonNode layer = Json.read(info, JsonNode.class);
      if (layer.has("full-backing-filename") && layer.has("backing-filename-format")) {
        words.addAll(List.of("-B", layer.path("full-backing-filename").asString()));
        words.addAll(List.of("-F", layer.path("backing-filename-format").asString()));
      }
    }
    words.addAll(List.of(disk.file().toString(), to.toString()));
    run(words.toArray(String[]::new));
  }

  private static String format(BootSpec.Disk disk) {
    return switch (disk.format()) {
      case RAW -> "raw";
      case QCOW2 -> "qcow2";
    };
  }

  /** With the lowest priority: guests that run come first. */
  private void run(String... words) {
    var command = new ArrayList<>(List.of("nice", "-n", "19", "qemu-img"));
    command.addAll(List.of(words));
    host.check(Command.of(command).within(MAX));
  }

  /** Owner and mode: its VMM runs as a user of its own. */
  private void likeThatOf(Path other, Path file) {
    host.check(Command.of("chown", "--reference=" + other, file.toString()));
    try {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      throw new HostFault("cannot set the mode of " + file, e);
    }
  }

  /** Has the compressed copy take the place of the root disk in this folder; safe to repeat. */
  public void replace(Path folder) {
    Path raw = Disks.root(folder, BootSpec.DiskFormat.RAW).file();
    Path layer = Disks.root(folder, BootSpec.DiskFormat.QCOW2).file();
    if (Files.exists(packed(raw))) {
      DurableFiles.deleteTree(raw);
      DurableFiles.syncFolder(folder);
    } else if (Files.exists(packed(layer))) {
      move(packed(layer), layer);
    }
  }

  /**
   * Writes the root disk anew that there is compressed only, and removes the compressed one; what
   * is beside a disk that is there is of no use, and removed. Safe to repeat.
   */
  public void unpack(Path folder) {
    Path raw = Disks.root(folder, BootSpec.DiskFormat.RAW).file();
    Path packed = packed(raw);
    if (Files.exists(packed) && !Files.exists(raw)) {
      Path half = DurableFiles.half(raw);
      try {
        host.check(
            Command.of(
                    "qemu-img",
                    "convert",
                    "-q",
                    "-f",
                    "qcow2",
                    "-O",
                    "raw",
                    packed.toString(),
                    half.toString())
                .within(MAX));
        likeThatOf(packed, half);
        DurableFiles.sync(half);
        move(half, raw);
      } finally {
        DurableFiles.deleteTree(half);
      }
    }
    drop(folder);
  }

  /** Removes compressed copies that are not in use, and what is left of them; safe to repeat. */
  public void drop(Path folder) {
    for (BootSpec.DiskFormat format : BootSpec.DiskFormat.values()) {
      Path disk = Disks.root(folder, format).file();
      if (Files.exists(disk)) {
        DurableFiles.deleteTree(packed(disk));
      }
    }
    if (Files.isDirectory(folder)) {
      try (var entries = Files.newDirectoryStream(folder, ".root.*")) {
        entries.forEach(PackedDisks::dropHalf);
      } catch (IOException e) {
        throw new HostFault("cannot read " + folder + ": " + e.getMessage(), e);
      }
    }
  }

  private static void dropHalf(Path entry) {
    Optional<String> of = DurableFiles.halfOf(entry.getFileName().toString());
    if (of.filter(name -> name.endsWith(PACKED) || name.equals("root.raw")).isPresent()) {
      DurableFiles.deleteTree(entry);
    }
  }

  private static void move(Path from, Path to) {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new HostFault("cannot rename " + from + " to " + to + ": " + e.getMessage(), e);
    }
    DurableFiles.syncFolder(Objects.requireNonNull(to.getParent()));
  }
}
