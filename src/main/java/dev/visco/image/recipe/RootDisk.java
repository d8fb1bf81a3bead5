package dev.visco.image.recipe;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Makes a GPT disk with one ext4 partition from a folder, without mounting anything. Its ids are
 * derived from its contents, so that the same contents give the same disk.
 */
public final class RootDisk {
  /** Where the partition begins, in bytes. */
  public static final long PARTITION_START = 1 << 20;

  private static final long GPT_BACKUP = 1 << 20;

  /** 2026-01-01, the value of all time stamps. */
  public static final String EPOCH = "1767225600";

  /** Variables with which mke2fs gives everything that time. */
  static final Map<String, String> TIMES =
      Map.of("E2FSPROGS_FAKE_TIME", EPOCH, "SOURCE_DATE_EPOCH", EPOCH, "MKE2FS_SYNC", "0");

  private final Host host;

  public RootDisk(Host host) {
    this.host = host;
  }

  /** The disk's file, and the ids by which the kernel or an initramfs finds the partition. */
  public record Made(Path file, String partitionUuid, String fileSystemUuid) {}

  /** An empty disk with a partition of this size, whose ids come from the identity. */
  public Made partitioned(Path disk, int sizeMib, String identity) {
    String partition = uuid("partition " + identity);
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(PARTITION_START + ((long) sizeMib << 20) + GPT_BACKUP);
    } catch (IOException e) {
      throw new HostFault("cannot make " + disk + ": " + e.getMessage(), e);
    }
    host.check(
        Command.of(
            "sgdisk",
            "--disk-guid=" + uuid("disk " + identity),
            "--new=1:2048:+" + sizeMib + "M",
            "--partition-guid=1:" + partition,
            "--typecode=1:8304",
            "--change-name=1:root",
            disk.toString()));
    return new Made(
        disk, partition.toLowerCase(java.util.Locale.ROOT), uuid("file system " + identity));
  }

  public Made make(Path root, Path disk, int sizeMib, String identity) {
    Made made = partitioned(disk, sizeMib, identity);
    String fileSystem = made.fileSystemUuid();
    host.check(
        Command.of(
                "mke2fs",
                "-q",
                "-t",
                "ext4",
                "-d",
                root.toString(),
                "-U",
                fileSystem,
                "-L",
                "root",
                "-J",
                "size=16",
                "-E",
                "offset="
                    + PARTITION_START
                    + ",hash_seed="
                    + fileSystem
                    + ",lazy_itable_init=1,lazy_journal_init=1",
                "-m",
                "0",
                disk.toString(),
                sizeMib + "M")
            .withEnvironment(TIMES)
            .within(Duration.ofMinutes(10)));
    settleTimes(root, disk + "?offset=" + PARTITION_START);
    return made;
  }

  /**
   * Sets all inodes' times in the finished file system: mke2fs copies each file's change time,
   * which cannot be set on the host and is the time of this build.
   *
   * @param device the file system as debugfs names it
   */
  void settleTimes(Path root, String device) {
    var commands = new StringBuilder();
    for (String path : new TreeSet<>(paths(root))) {
      for (String field : List.of("ctime", "atime", "mtime", "crtime")) {
        commands
            .append("sif \"")
            .append(path)
            .append("\" ")
            .append(field)
            .append(" @")
            .append(EPOCH)
            .append('\n');
        commands.append("sif \"").append(path).append("\" ").append(field).append("_extra 0\n");
      }
    }
    host.check(
        Command.of("debugfs", "-w", "-f", "-", device)
            .withInput(commands.toString())
            .withEnvironment(Map.of("E2FSPROGS_FAKE_TIME", EPOCH))
            .within(Duration.ofMinutes(5)));
  }

  private static List<String> paths(Path root) {
    try (var walk = Files.walk(root)) {
      return walk.filter(
              path -> !Files.isSymbolicLink(path) || Files.exists(path, LinkOption.NOFOLLOW_LINKS))
          .map(path -> "/" + root.relativize(path))
          .toList();
    } catch (IOException e) {
      throw new HostFault("cannot list " + root, e);
    }
  }

  static String uuid(String name) {
    return UUID.nameUUIDFromBytes(name.getBytes(java.nio.charset.StandardCharsets.UTF_8))
        .toString();
  }
}
