package dev.visco.image.probe;

import dev.visco.host.CommandResult;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.Unprivileged;
import dev.visco.model.VmmUsers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Unpacks a squashfs or an erofs by its own programs (squashfs-tools, erofs-utils), as a user that
 * owns nothing but the folder where it goes, without network, and with bounds of time, memory and
 * size, which are known before anything is written.
 */
record RootUnpacking(Host host, Path disk, RootProbe root) {
  private static final Duration DEADLINE = Duration.ofMinutes(5);
  private static final long MEMORY = 2L << 30;

  /** What is larger unpacked is not looked into. */
  private static final long MAX_BYTES = 8L << 30;

  private static final long MAX_FILES = 500_000;

  /** A line of {@code unsquashfs -lln}; of a device there are two numbers in place of its size. */
  private static final Pattern LISTED =
      Pattern.compile("(?m)^[-dlps][-rwxsStT]{9} [0-9]+/[0-9]+ +([0-9]{1,18}) ");

  private static final Pattern ALL_BYTES =
      Pattern.compile("total original file size: *([0-9]{1,18}) Bytes");
  private static final Pattern ALL_FILES = Pattern.compile("total file count:\\s*([0-9]{1,18})");

  /** unsquashfs(1): not everything could be restored, as devices, which take root. */
  private static final int NOT_ALL = 2;

  /**
   * What became of it.
   *
   * @param damages what tells that the file system is damaged
   * @param complaints why it was not unpacked, empty when it was
   */
  record Unpacked(List<String> damages, List<String> complaints) {
    boolean isWhole() {
      return damages.isEmpty() && complaints.isEmpty();
    }

    static Unpacked not(String why) {
      return new Unpacked(List.of(), List.of(why));
    }
  }

  private record Needs(long bytes, long files) {}

  /** Unpacks it to {@code folder/tree}, where the folder does not exist yet. */
  Unpacked to(Path folder) {
    if (root.type().equals("erofs") && root.offset() != 0) {
      return Unpacked.not("an erofs on a partition is not opened here; a bare one is");
    }
    CommandResult listed = new DiskTool(host, disk).run("", isErofs() ? sizes() : listing());
    Optional<Needs> needs = isErofs() ? ofErofs(listed.output()) : ofSquashfs(listed.output());
    if (!listed.succeeded() || needs.isEmpty()) {
      return new Unpacked(List.of(words(listed)), List.of());
    }
    try {
      String tooLarge = tooLarge(needs.get(), folder);
      return tooLarge.isEmpty() ? unpacked(folder) : Unpacked.not(tooLarge);
    } catch (IOException e) {
      throw new HostFault("cannot unpack to " + folder + ": " + HostFault.words(e), e);
    }
  }

  private boolean isErofs() {
    return root.type().equals("erofs");
  }

  private static String[] sizes() {
    return new String[] {"dump.erofs", "-S", DiskTool.DISK};
  }

  private String[] listing() {
    return new String[] {"unsquashfs", "-lln", "-o", root.offset() + "", DiskTool.DISK};
  }

  private static Optional<Needs> ofSquashfs(String listed) {
    long bytes = 0;
    long files = 0;
    Matcher line = LISTED.matcher(listed);
    while (line.find()) {
      bytes += Long.parseLong(line.group(1));
      files++;
    }
    return files == 0 ? Optional.empty() : Optional.of(new Needs(bytes, files));
  }

  private static Optional<Needs> ofErofs(String shown) {
    Matcher bytes = ALL_BYTES.matcher(shown);
    Matcher files = ALL_FILES.matcher(shown);
    return bytes.find() && files.find()
        ? Optional.of(new Needs(Long.parseLong(bytes.group(1)), Long.parseLong(files.group(1))))
        : Optional.empty();
  }

  /** Why this is not unpacked; empty when it can be. Half of what is free is left to others. */
  private static String tooLarge(Needs needs, Path folder) throws IOException {
    // Each file takes a block at least.
    long bytes = needs.bytes() + needs.files() * 4096;
    if (bytes > MAX_BYTES || needs.files() > MAX_FILES) {
      return "it has " + needs.files() + " files and takes " + bytes + " bytes unpacked";
    }
    Path above = folder.toAbsolutePath().getParent();
    long free = Files.getFileStore(above).getUsableSpace();
    return bytes > free / 2
        ? "it takes " + bytes + " bytes unpacked, and the disk has " + free
        : "";
  }

  private Unpacked unpacked(Path folder) throws IOException {
    DurableFiles.deleteTree(folder);
    Files.createDirectory(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    Files.setAttribute(folder, "unix:uid", VmmUsers.TOOLS);
    var words = new ArrayList<>(Unprivileged.toolIn(folder, MEMORY, MAX_BYTES, DEADLINE));
    words.addAll(program());
    CommandResult result = new DiskTool(host, disk).run(words, DEADLINE);
    boolean isDone =
        result.succeeded()
            || result.exitCode() == NOT_ALL && !isErofs() && !words(result).contains("FATAL");
    if (isDone && Files.isDirectory(folder.resolve("tree"))) {
      return new Unpacked(List.of(), List.of());
    }
    return new Unpacked(List.of(words(result)), List.of());
  }

  private List<String> program() {
    return isErofs()
        ? List.of("fsck.erofs", "--extract=tree", DiskTool.DISK)
        : List.of(
            "unsquashfs",
            "-n",
            "-no-xattrs",
            "-processors",
            "1",
            "-data-queue",
            "32",
            "-frag-queue",
            "32",
            "-offset",
            root.offset() + "",
            "-dest",
            "tree",
            DiskTool.DISK);
  }

  private static String words(CommandResult result) {
    String said = (result.error() + "\n" + result.output()).strip();
    return ReadableLine.of(
        said.lines()
            .filter(line -> line.matches("(?i).*(error|corrupt|fail|<E>).*"))
            .findFirst()
            .orElse(said.lines().findFirst().orElse("it cannot be read")));
  }
}
