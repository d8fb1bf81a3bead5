package dev.visco.image.probe;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.Unprivileged;
import dev.visco.model.VmmUsers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Runs programs that read a disk which strangers have made: each as a user that owns nothing but
 * the one file that it is given, without network and capabilities, and with bounds of memory and
 * time. They can write to no file.
 *
 * @param disk absolute
 */
record DiskTool(Host host, Path disk) {
  /** The disk's path for a program: a file that was opened for it, in whatever folder it lies. */
  static final String DISK = "/dev/fd/3";

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  /** Bytes of address space; debugfs takes some MiB. */
  private static final long MEMORY = 1L << 30;

  /** Opens the disk as root for the program that follows. */
  private static final String READ = "exec 3<\"$1\"; shift; exec \"$@\"";

  /** The same, with the program's output in a new file. */
  private static final String COPY = "exec 3<\"$1\" >\"$2\"; shift 2; exec \"$@\"";

  /** Runs a program to its end. */
  CommandResult run(String input, String... program) {
    var words = new ArrayList<>(List.of("sh", "-c", READ, "sh", disk.toString()));
    return run(words, 0, input, program);
  }

  /**
   * Runs a program whose output is kept in a file.
   *
   * @param to a new file, root's
   * @param max its bytes; a program that writes more is ended
   */
  CommandResult copy(Path to, long max, String... program) {
    var words = new ArrayList<>(List.of("sh", "-c", COPY, "sh", disk.toString(), to.toString()));
    return run(words, max, "", program);
  }

  private CommandResult run(List<String> words, long maxBytes, String input, String... program) {
    words.addAll(Unprivileged.tool(MEMORY, maxBytes, DEADLINE));
    words.addAll(List.of(program));
    return run(words, input, DEADLINE);
  }

  /**
   * Runs a program within bounds of its caller's.
   *
   * @param words the program's, with those of {@link Unprivileged} before them
   */
  CommandResult run(List<String> words, Duration deadline) {
    var all = new ArrayList<>(List.of("sh", "-c", READ, "sh", disk.toString()));
    all.addAll(words);
    return run(all, "", deadline);
  }

  private CommandResult run(List<String> words, String input, Duration deadline) {
    Command command =
        Command.of(words)
            .withInput(input)
            .withEnvironment(Map.of("LC_ALL", "C", "DEBUGFS_PAGER", "__none__"))
            .within(deadline);
    return readable(() -> host.run(command));
  }

  private interface Work {
    CommandResult run();
  }

  /** The disk is the program's meanwhile where it is not everybody's to read. */
  private CommandResult readable(Supplier<CommandResult> run) {
    try {
      var mode = Files.getPosixFilePermissions(disk);
      if (mode.contains(PosixFilePermission.OTHERS_READ)) {
        return run.get();
      }
      var owner = Files.getAttribute(disk, "unix:uid");
      try {
        Files.setPosixFilePermissions(disk, PosixFilePermissions.fromString("r--------"));
        Files.setAttribute(disk, "unix:uid", VmmUsers.TOOLS);
        return run.get();
      } finally {
        Files.setAttribute(disk, "unix:uid", owner);
        Files.setPosixFilePermissions(disk, mode);
      }
    } catch (IOException e) {
      throw new HostFault("cannot read " + disk + ": " + HostFault.words(e), e);
    }
  }
}
