package dev.visco.image;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.Unprivileged;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmmUsers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The programs of e2fsprogs on bare ext4 file systems. What guests have written is not trusted:
 * each runs as a user that owns nothing but the one file it is given, without network and
 * capabilities, and with bounds of memory, time and file size.
 */
public final class Ext4Tools {
  private static final Duration DEADLINE = Duration.ofMinutes(10);

  /** Bytes of address space; e2fsck takes some tens of MiB for each TiB. */
  private static final long MEMORY = 4L << 30;

  private final Host host;
  private final String what;

  /**
   * @param what it is that has these file systems, for refusals, like {@code volume}
   */
  public Ext4Tools(Host host, String what) {
    this.host = host;
    this.what = what;
  }

  /** Makes an empty file system in a file of its size. */
  public void format(Path file, String label) {
    require(
        run(
            file,
            "mke2fs",
            "-q",
            "-F",
            "-t",
            "ext4",
            // Not by the size of today: it may grow.
            "-T",
            "default",
            "-m",
            "0",
            "-L",
            label,
            "-E",
            "root_owner=0:0,lazy_itable_init=1,lazy_journal_init=1"),
        "mke2fs",
        0);
  }

  /**
   * Replays the journal of a file system that nobody uses, and mends what can be mended without
   * losing anything.
   *
   * @throws Refused when it is damaged beyond that; nothing else was changed then
   */
  public void mend(Path file) {
    requireSound(run(file, "e2fsck", "-f", "-p"), MENDED);
  }

  /** Refuses a file system in which anything at all is wrong; nothing is changed. */
  public void check(Path file) {
    requireSound(run(file, "e2fsck", "-f", "-n"), 0);
  }

  /** e2fsck has mended it, and wants a mounted one mounted anew (e2fsck(8): 1 and 2). */
  private static final int MENDED = 3;

  private void requireSound(CommandResult result, int maxExitCode) {
    if (result.exitCode() > maxExitCode) {
      throw new Refused(
          new Refusal.Conflict(
              "The " + what + "'s file system is damaged: " + said(result),
              "Mend it with e2fsck in a guest that does not mount it, or use a good copy."));
    }
  }

  /** Makes a file system as large as its file. It was mended just before. */
  public void grow(Path file) {
    require(run(file, "resize2fs"), "resize2fs", 0);
  }

  /** Gives a file system another label. */
  public void label(Path file, String label) {
    require(run(file, "tune2fs", "-L", label), "tune2fs", 0);
  }

  private static CommandResult require(CommandResult result, String program, int maxExitCode) {
    if (result.exitCode() > maxExitCode) {
      throw new HostFault(
          "%s ended with %d: %s".formatted(program, result.exitCode(), said(result)));
    }
    return result;
  }

  /** Its last words, or all of them where they are few. */
  public static String said(CommandResult result) {
    String text = (result.error() + "\n" + result.output()).strip().replaceAll("\\s+", " ");
    return text.length() > 400 ? text.substring(0, 400) + "…" : text;
  }

  /** Runs a program on a file, which is its user's meanwhile and root's again afterwards. */
  private CommandResult run(Path file, String... program) {
    var words = new ArrayList<>(Unprivileged.tool(MEMORY, size(file), DEADLINE));
    words.addAll(List.of(program));
    // Relative to its folder: nobody else need get through the folders above that.
    words.add("./" + file.getFileName());
    own(file, VmmUsers.TOOLS);
    try {
      return host.run(
          Command.of(words).in(Objects.requireNonNull(file.getParent())).within(DEADLINE));
    } finally {
      own(file, 0);
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new HostFault("cannot read the size of " + file + ": " + HostFault.words(e), e);
    }
  }

  private static void own(Path file, int uid) {
    try {
      Files.setAttribute(file, "unix:gid", uid);
      Files.setAttribute(file, "unix:uid", uid);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      throw new HostFault("cannot give " + file + " away: " + HostFault.words(e), e);
    }
  }
}
