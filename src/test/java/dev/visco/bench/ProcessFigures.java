package dev.visco.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What a process holds, as proc(5) says. */
final class ProcessFigures {
  private ProcessFigures() {}

  static long residentMib(long pid) throws IOException {
    return status(pid, "VmRSS") / 1024;
  }

  static long threads(long pid) throws IOException {
    return status(pid, "Threads");
  }

  static long descriptors(long pid) throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      return open.count();
    }
  }

  private static long status(long pid, String name) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
      return lines
          .filter(line -> line.startsWith(name + ":"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .sum();
    }
  }
}
