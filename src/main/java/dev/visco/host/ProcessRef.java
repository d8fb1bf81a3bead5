package dev.visco.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Identifies one process for ever: a pid is reused, but not together with its start time and the
 * boot.
 *
 * @param startTicks field 22 of {@code /proc/PID/stat} (proc(5)): clock ticks since boot
 * @param bootId {@code /proc/sys/kernel/random/boot_id}
 */
public record ProcessRef(long pid, long startTicks, String bootId) {
  private static final Path PROC = Path.of("/proc");

  /** The process with this pid; empty when there is none, or only a zombie. */
  public static Optional<ProcessRef> find(long pid) {
    return stat(pid).map(fields -> new ProcessRef(pid, Long.parseLong(fields[19]), boot()));
  }

  /** This process. */
  public static ProcessRef own() {
    return find(ProcessHandle.current().pid())
        .orElseThrow(() -> new HostFault("/proc does not show this process"));
  }

  /** Identifies the host's current boot. */
  static String boot() {
    Path file = PROC.resolve("sys/kernel/random/boot_id");
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new HostFault("cannot read " + file, e);
    }
  }

  /**
   * The fields of stat from the third one on; empty for a process that has ended or is a zombie.
   */
  static Optional<String[]> stat(long pid) {
    try {
      String stat = Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
      // The name in parentheses may contain anything; the other fields follow the last parenthesis.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      boolean dead = fields[0].equals("Z") || fields[0].equals("X");
      return dead ? Optional.empty() : Optional.of(fields);
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
