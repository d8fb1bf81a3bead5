package dev.visco.image.imports;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** Small disks as distributions lay them out, from folders with a few files. */
final class MadeDisk {
  static final String ROOT = "8304";
  static final String LINUX = "8300";
  static final String BOOT = "ea00";
  private static final int MIB = 1 << 20;
  private final Host host = new LinuxHost();
  private final Path folder;
  private final List<MadePart> parts = new ArrayList<>();

  private record MadePart(String type, String label, Path files, int mib) {}

  MadeDisk(Path folder) {
    this.folder = folder;
  }

  /** Writes a file of a folder that becomes a file system. */
  static void file(Path root, String path, byte[] content) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }

  /** The same of an executable file. */
  static void program(Path root, String path, byte[] content) throws IOException {
    file(root, path, content);
    Files.setPosixFilePermissions(root.resolve(path), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** With a partition of this type for sgdisk, filled with ext4 of these files. */
  MadeDisk with(String type, String label, Path files) {
    parts.add(new MadePart(type, label, files, 8));
    return this;
  }

  /** A raw disk with a GPT. */
  Path raw(String name) throws IOException {
    Path disk = folder.resolve(name);
    int end = 1;
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength((long) (2 + parts.stream().mapToInt(MadePart::mib).sum()) * MIB);
    }
    var table = new ArrayList<>(List.of("sgdisk", "--clear"));
    for (int number = 1; number <= parts.size(); number++) {
      MadePart part = parts.get(number - 1);
      table.add("--new=" + number + ":" + end * 2048 + ":+" + part.mib() + "M");
      table.add("--typecode=" + number + ":" + part.type());
      end += part.mib();
    }
    table.add(disk.toString());
    host.check(Command.of(table));
    int start = 1;
    for (MadePart part : parts) {
      Path system = folder.resolve("part");
      Files.deleteIfExists(system);
      fileSystem(system, part);
      try (var from = FileChannel.open(system);
          var to = FileChannel.open(disk, StandardOpenOption.WRITE)) {
        to.transferFrom(from, (long) start * MIB, from.size());
      }
      Files.delete(system);
      start += part.mib();
    }
    return disk;
  }

  private void fileSystem(Path file, MadePart part) {
    host.check(
        Command.of(
            "mke2fs",
            "-q",
            "-t",
            "ext4",
            "-L",
            part.label(),
            "-d",
            part.files().toString(),
            file.toString(),
            part.mib() + "M"));
  }

  /** The same disk in another format, by qemu-img and its options. */
  static Path converted(Path raw, Path to, String... options) {
    var words = new ArrayList<>(List.of("qemu-img", "convert", "-f", "raw"));
    words.addAll(List.of(options));
    words.addAll(List.of(raw.toString(), to.toString()));
    new LinuxHost().check(Command.of(words));
    return to;
  }
}
