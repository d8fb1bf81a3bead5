package dev.visco.vmm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What one machine's process has used since it was launched, of whichever VMM: by its files in
 * {@code /proc} (proc(5)), its control group, and the counters of its TAP in its own namespace.
 * Directions are the guest's.
 *
 * @param cpuMicros processor time of all of its threads, in microseconds
 * @param memoryBytes of its control group without pages of files that could go, else what is
 *     resident of it
 * @param limitBytes of its control group's memory; null where it has none
 * @param readBytes from the host's disks; what its page cache holds is not counted
 * @param writtenBytes to the host's disks
 * @param receivedBytes by the guest's network card
 * @param sentBytes by the guest's network card
 * @param tasks threads of the process
 */
public record MachineUsage(
    long cpuMicros,
    long memoryBytes,
    @Nullable Long limitBytes,
    long readBytes,
    long writtenBytes,
    long receivedBytes,
    long sentBytes,
    long tasks) {
  /** {@code sysconf(_SC_CLK_TCK)} is 100 on every Linux for x86-64: USER_HZ. */
  private static final long TICK_MICROS = 10_000;

  /** Without a limit, version 1 says that there are some exbibytes. */
  private static final long NO_LIMIT = 1L << 60;

  /**
   * What a process has used; empty when it has ended.
   *
   * @param proc {@code /proc}
   * @param tap its TAP
   */
  public static Optional<MachineUsage> of(Path proc, Cgroups cgroups, long pid, String tap) {
    Path process = proc.resolve(Long.toString(pid));
    try {
      String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
      // The name in parentheses may contain anything; the third field follows the last one.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
      List<String> status = lines(process.resolve("status"));
      List<String> io = lines(process.resolve("io"));
      String[] card = card(process.resolve("net/dev"), tap);
      Optional<Path> group = group(process, cgroups);
      long resident = number(status, "VmRSS:").orElse(0) << 10;
      return Optional.of(
          new MachineUsage(
              ticks * TICK_MICROS,
              group.map(MachineUsage::memory).filter(bytes -> bytes > 0).orElse(resident),
              group.map(MachineUsage::limit).orElse(null),
              number(io, "read_bytes:").orElse(0),
              number(io, "write_bytes:").orElse(0),
              // What the host transmits on the TAP, the guest receives.
              Long.parseLong(card[8]),
              Long.parseLong(card[0]),
              number(status, "Threads:").orElse(0)));
    } catch (IOException | IndexOutOfBoundsException | NumberFormatException e) {
      return Optional.empty(); // It ends at this moment.
    }
  }

  private static List<String> lines(Path file) throws IOException {
    return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
  }

  private static OptionalLong number(List<String> lines, String name) {
    return lines.stream()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.substring(name.length()).strip().split(" ", 2)[0]))
        .findFirst();
  }

  /** The sixteen counters of a link; zeros for one that is not there. */
  private static String[] card(Path file, String link) throws IOException {
    return lines(file).stream()
        .map(String::strip)
        .filter(line -> line.startsWith(link + ":"))
        .map(line -> line.substring(link.length() + 1).strip().split(" +", -1))
        .findFirst()
        .orElse("0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0".split(" ", -1));
  }

  /** The folder of the group that limits its memory; empty when it is in none of Visco's. */
  private static Optional<Path> group(Path process, Cgroups cgroups) throws IOException {
    Path mount = cgroups.controllers().get("memory");
    if (mount == null) {
      return Optional.empty();
    }
    String controller = cgroups.version() == 2 ? "" : "memory";
    return lines(process.resolve("cgroup")).stream()
        .map(line -> line.split(":", 3))
        .filter(parts -> List.of(parts[1].split(",", -1)).contains(controller))
        .map(parts -> parts[2])
        .filter(path -> path.startsWith("/visco-"))
        .map(path -> mount.resolve(path.substring(1)))
        .findFirst();
  }

  /** As docker counts it: without pages of files that were not used lately. */
  private static long memory(Path group) {
    boolean isSecond = Files.exists(group.resolve("memory.current"));
    long all = value(group, isSecond ? "memory.current" : "memory.usage_in_bytes").orElse(0);
    try {
      String name = isSecond ? "inactive_file " : "total_inactive_file ";
      return all - number(lines(group.resolve("memory.stat")), name).orElse(0);
    } catch (IOException e) {
      return all;
    }
  }

  private static @Nullable Long limit(Path group) {
    OptionalLong limit = value(group, "memory.max");
    limit = limit.isPresent() ? limit : value(group, "memory.limit_in_bytes");
    return limit.isPresent() && limit.getAsLong() < NO_LIMIT ? limit.getAsLong() : null;
  }

  private static OptionalLong value(Path group, String file) {
    try {
      String text = Files.readString(group.resolve(file)).strip();
      return text.matches("\\d{1,19}")
          ? OptionalLong.of(Long.parseLong(text))
          : OptionalLong.empty();
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
