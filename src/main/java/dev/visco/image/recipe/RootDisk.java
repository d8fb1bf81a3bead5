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
  private static final long PARTITION_START = 1 << 20;
  private static final long GPT_BACKUP = 1 << 20;

  /** 2026-01-01, the value of all time stamps. */
  public static final String EPOCH = "1767225600";

  private final Host host;

  public RootDisk(Host host) {
    this.host = host;
  }

  /** The disk's file, and the ids by which the kernel or an initramfs finds the partition. */
  public record Made(Path file, String partitionUuid, String fileSystemUuid) {}

  public Made make(Path root, Path disk, int sizeMib, String identity) {
    String partition = uuid("partition " + identity);
    String fileSystem = uuid("file system " + identity);
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
            .withEnvironment(
                Map.of(
                    "E2FSPROGS_FAKE_TIME", EPOCH, "SOURCE_DATE_EPOCH", EPOCH, "MKE2FS_SYNC", "0"))
            .within(Duration.ofMinutes(10)));
    settleTimes(root, disk);
    return new Made(disk, partition.toLowerCase(java.util.Locale.ROOT), fileSystem);
  }

  /**
   * Sets all inodes' times in the finished file system: mke2fs copies each file's change time,
   * which cannot be set on the host and is the time of this build.
   */
  private void settleTimes(Path root, Path disk) {
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
        Command.of("debugfs", "-w", "-f", "-", disk + "?offset=" + PARTITION_START)
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

  private static String uuid(String name) {
    return UUID.nameUUIDFromBytes(name.getBytes(java.nio.charset.StandardCharsets.UTF_8))
        .toString();
  }
}
