package dev.visco.image.recipe;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.model.Digest;
import dev.visco.model.Progress;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The disk of tools: an ext4 file system without a partition table, which all VMs of an image read
 * and none writes, so that the host keeps one copy of it on its disk and in its memory. Guests
 * mount it at {@value #MOUNTED_AT}, where {@code bin} has the programs of all tools. Images with
 * the same tools have the same disk.
 */
public final class ToolsDisk {
  /** Where guests mount it. */
  public static final String MOUNTED_AT = "/opt/tools";

  /** The file in a root file system with the UUID of its disk of tools. */
  private static final String NAMED_IN = "/usr/lib/visco/tools";

  private static final String PROGRAMS = "/usr/local/bin/";

  /** The version of this builder, raised when it makes another disk of the same tools. */
  private static final int BUILDER = 1;

  private static final int BLOCK = 4096;
  private static final int MIN_SPARE_MIB = 16;

  private final Host host;
  private final NpmFetch npm;

  ToolsDisk(Host host) {
    this(host, new NpmFetch(host));
  }

  ToolsDisk(Host host, NpmFetch npm) {
    this.host = host;
    this.npm = npm;
  }

  /**
   * A disk of tools.
   *
   * @param identity of the tools on it, by which it is found
   * @param fileSystemUuid by which guests find it
   * @param file the new disk, or null when {@code stored} is it
   * @param stored the digest of one that is in the store
   */
  public record Made(
      Digest identity, String fileSystemUuid, @Nullable Path file, @Nullable Digest stored) {}

  /** The identity of a disk with these tools. */
  static Digest identity(List<Tool> tools) {
    return Digest.of(
        Json.canonical(Map.of("builder", BUILDER, "tools", tools))
            .getBytes(StandardCharsets.UTF_8));
  }

  static String fileSystemUuid(Digest identity) {
    return RootDisk.uuid("tools " + identity);
  }

  /** Fetches the tools and makes their disk. */
  Made make(List<Tool> tools, Path work, Progress progress) throws IOException {
    Path root = Files.createDirectory(work.resolve("tools"));
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path programs = Files.createDirectory(root.resolve("bin"));
    Files.setPosixFilePermissions(programs, PosixFilePermissions.fromString("rwxr-xr-x"));
    int number = 0;
    for (Tool tool : tools) {
      progress.report("fetch tools: " + tool.npmSpec(), (double) number++ / tools.size());
      npm.fetch(tool, work, root.resolve(tool.name()));
      for (var program : tool.programPaths().entrySet()) {
        Files.createSymbolicLink(
            programs.resolve(program.getKey()),
            Path.of("..", tool.name()).resolve(program.getValue()));
      }
    }
    progress.report("write the disk of tools", -1);
    Digest identity = identity(tools);
    String uuid = fileSystemUuid(identity);
    Path disk = work.resolve("tools.img");
    write(root, disk, uuid);
    return new Made(identity, uuid, disk, null);
  }

  private void write(Path root, Path disk, String uuid) throws IOException {
    var files = new AtomicLong();
    var blocks = new AtomicLong();
    try (var walk = Files.walk(root)) {
      walk.forEach(path -> {
        files.incrementAndGet();
        blocks.addAndGet(size(path) / BLOCK + 1);
      });
    }
    long mib = (blocks.get() + blocks.get() / 64) * BLOCK / (1 << 20) + MIN_SPARE_MIB;
    host.check(
        Command.of(
                "mke2fs",
                "-q",
                "-t",
                "ext4",
                "-O",
                "^has_journal,^resize_inode",
                "-d",
                root.toString(),
                "-U",
                uuid,
                "-L",
                "tools",
                "-E",
                "hash_seed=" + uuid + ",lazy_itable_init=1",
                "-N",
                Long.toString(files.get() + 64),
                "-m",
                "0",
                disk.toString(),
                mib + "M")
            .withEnvironment(RootDisk.TIMES)
            .within(Duration.ofMinutes(10)));
    new RootDisk(host).settleTimes(root, disk.toString());
  }

  private static long size(Path path) {
    try {
      return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) ? Files.size(path) : 0;
    } catch (IOException e) {
      throw new HostFault("cannot look at " + path + ": " + e.getMessage(), e);
    }
  }

  /** Makes a root file system know its disk of tools, and name the programs on it. */
  static void name(List<Tool> tools, NewRoot root) throws IOException {
    root.makeFolder(MOUNTED_AT);
    root.write(
        NAMED_IN,
        (fileSystemUuid(identity(tools)) + "\n").getBytes(StandardCharsets.UTF_8),
        "rw-r--r--");
    Path folder = root.makeFolder(PROGRAMS);
    for (Tool tool : tools) {
      for (String program : tool.programPaths().keySet()) {
        Path link = folder.resolve(program);
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, Path.of(MOUNTED_AT, "bin", program));
      }
    }
  }
}
