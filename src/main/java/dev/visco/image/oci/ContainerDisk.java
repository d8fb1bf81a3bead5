package dev.visco.image.oci;

import dev.visco.host.ChildProcess;
import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.Unprivileged;
import dev.visco.image.recipe.RootDisk;
import dev.visco.model.Progress;
import dev.visco.model.VmmUsers;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Makes a disk of a merged tree: unpacked by tar, made a file system of by mke2fs and given owners
 * by debugfs, all as a user that owns nothing else, without network.
 */
final class ContainerDisk {
  private static final Duration DEADLINE = Duration.ofMinutes(30);
  private static final long MEMORY = 2L << 30;
  private static final int MIB = 1 << 20;

  /** Free room on the disk of an image, and the least size of one; both in MiB. */
  private static final int SPARE_MIB = 1024;

  private static final int MIN_MIB = 2048;

  /** Journal, inodes and bitmaps. */
  private static final int FIXED_MIB = 64;

  /** Commands for one run of debugfs, which says each once more on its output. */
  private static final int COMMANDS_AT_ONCE = 20_000;

  private static final int MAX_ERROR_LINES = 20;
  private static final String DISK = "root.img";
  private final Host host;
  private final Path work;

  /**
   * @param work an empty folder of this process, which others may pass but not list
   */
  ContainerDisk(Host host, Path work) {
    this.host = host;
    this.work = work.toAbsolutePath();
  }

  /** The size of the disk in MiB; only what is written takes room. */
  static int sizeMib(TreeArchive.TreeSize size) {
    long used = size.bytes() / MIB * 5 / 4 + FIXED_MIB;
    return (int) Math.max(MIN_MIB, (used + SPARE_MIB + 255) / 256 * 256);
  }

  /** What making it takes beside the layers: the files as they are, and the disk. */
  static long roomBytes(TreeArchive.TreeSize size) {
    return size.bytes() * 2 + (long) size.names() * 256 + (long) FIXED_MIB * MIB;
  }

  RootDisk.Made make(TreeArchive archive, TreeNode root, String identity, Progress progress)
      throws IOException {
    var size = TreeArchive.TreeSize.of(root);
    int sizeMib = sizeMib(size);
    Path tree = work.resolve("tree");
    // Given away before anything is in it, and taken back by being removed.
    own(Files.createDirectory(tree), "rwx------");
    unpack(archive, progress);
    progress.report("write the root disk", -1);
    RootDisk.Made made = new RootDisk(host).partitioned(work.resolve(DISK), sizeMib, identity);
    own(made.file(), "rw-------");
    fill(made, sizeMib, size.names());
    describe(root);
    check();
    own(made.file(), 0);
    return made;
  }

  private void unpack(TreeArchive archive, Progress progress) throws IOException {
    List<String> words = tool();
    words.addAll(
        List.of(
            "tar",
            "--extract",
            "--file=-",
            "--directory=tree",
            "--no-same-owner",
            "--delay-directory-restore",
            "--keep-old-files"));
    var said = new ArrayList<String>();
    try (var tar =
        ChildProcess.start(
            words,
            Redirect.PIPE,
            Redirect.DISCARD,
            line -> {
              if (said.size() < MAX_ERROR_LINES) {
                said.add(line);
              }
            })) {
      String broken = "";
      try {
        archive.write(tar.input(), progress);
      } catch (IOException e) {
        broken = e.getMessage() + ""; // tar says why it reads no further.
      }
      if (!tar.await(DEADLINE)) {
        throw new HostFault("tar does not end");
      }
      if (tar.await() != 0 || !broken.isEmpty()) {
        throw new HostFault("cannot unpack the image: " + said + " " + broken);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostFault("interrupted while unpacking an image", e);
    }
  }

  private void fill(RootDisk.Made made, int sizeMib, int names) {
    long inodes = Math.max((long) sizeMib * MIB / 16384, names + 16384L);
    require(
        run(
            "mke2fs",
            "-q",
            "-t",
            "ext4",
            "-d",
            "tree",
            "-U",
            made.fileSystemUuid(),
            "-L",
            "root",
            "-J",
            "size=16",
            "-N",
            Long.toString(inodes),
            "-E",
            "offset="
                + RootDisk.PARTITION_START
                + ",root_owner=0:0,lazy_itable_init=1,lazy_journal_init=1",
            "-m",
            "0",
            DISK,
            sizeMib + "M"),
        "mke2fs");
  }

  private void describe(TreeNode root) throws IOException {
    TreeOwners.Commands all = TreeOwners.of(root);
    for (int at = 0; at < all.values().size(); at++) {
      own(Files.write(work.resolve("attribute-" + at), all.values().get(at)), "r--------");
    }
    List<String> commands = all.commands();
    for (int from = 0; from < commands.size(); from += COMMANDS_AT_ONCE) {
      int to = Math.min(from + COMMANDS_AT_ONCE, commands.size());
      String text = commands.subList(from, to).stream().collect(Collectors.joining("\n", "", "\n"));
      CommandResult result = host.run(command("debugfs", "-w", "-f", "-", disk()).withInput(text));
      require(result, "debugfs");
      // Its exit code is always 0.
      List<String> errors =
          result.error().lines().filter(line -> !line.matches("debugfs [0-9].*|\\s*")).toList();
      if (!errors.isEmpty()) {
        throw new HostFault("debugfs said: " + errors.getFirst());
      }
    }
  }

  private void check() {
    require(run("e2fsck", "-f", "-n", disk()), "e2fsck");
  }

  private static String disk() {
    return DISK + "?offset=" + RootDisk.PARTITION_START;
  }

  private CommandResult run(String... program) {
    return host.run(command(program));
  }

  private Command command(String... program) {
    List<String> words = tool();
    words.addAll(List.of(program));
    return Command.of(words)
        .withEnvironment(Map.of("LC_ALL", "C", "MKE2FS_SYNC", "0", "DEBUGFS_PAGER", "__none__"))
        .within(DEADLINE);
  }

  private List<String> tool() {
    return Unprivileged.toolIn(work, MEMORY, Long.MAX_VALUE, DEADLINE);
  }

  private static void require(CommandResult result, String program) {
    if (!result.succeeded()) {
      throw new HostFault(
          "%s ended with %d: %s"
              .formatted(program, result.exitCode(), (result.error() + result.output()).strip()));
    }
  }

  private static void own(Path file, String mode) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    own(file, VmmUsers.TOOLS);
  }

  private static void own(Path file, int uid) throws IOException {
    Files.setAttribute(file, "unix:gid", uid);
    Files.setAttribute(file, "unix:uid", uid);
  }
}
