package dev.visco.app;

import dev.visco.host.DurableFiles;
import dev.visco.host.Tail;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The log files of a daemon in the background, in its data folder: {@code daemon.log}, bounded by
 * {@code logback-daemon.xml} and continued by the next daemon; and {@code daemon.out}, the
 * process's standard output and error, which has the end of a failed start and the message of a
 * crashed JVM. A start keeps the previous {@code daemon.out} under another name: it shows why that
 * daemon ended.
 */
final class DaemonLog {
  static final String OUT = "daemon.out";
  static final String LOG = "daemon.log";

  /** How many of earlier daemons are kept. */
  static final int KEPT = 5;

  /** More than a JVM's last words; of a longer one the end is kept. */
  static final int KEPT_BYTES = 1 << 20;

  private static final int WORDS_LINES = 5;

  /** Tells the logging library to write {@link #LOG}. */
  static final String TO_FILE = "-Dlogback.configurationFile=logback-daemon.xml";

  /** By this such a file's name goes on; sorts by time. */
  private static final DateTimeFormatter ENDED =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH-mm-ss.SSS", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final Path data;

  DaemonLog(Path data) {
    this.data = data;
  }

  /** Renames the previous {@link #OUT} to its time of change, and creates a new one. */
  Path begin() {
    Path out = data.resolve(OUT);
    try {
      if (Files.exists(out) && Files.size(out) > 0) {
        String ended = ENDED.format(Files.getLastModifiedTime(out).toInstant());
        DurableFiles.write(
            data.resolve(OUT + "." + ended), Tail.bytes(out, KEPT_BYTES), "rw-------");
      }
      Files.deleteIfExists(out);
      List<Path> earlier = earlier();
      for (Path file : earlier.subList(0, Math.max(0, earlier.size() - KEPT))) {
        Files.deleteIfExists(file);
      }
      PrivateLog.makePrivate(out);
      return out;
    } catch (IOException e) {
      throw UpLock.unusable(data, e);
    }
  }

  /** Those of earlier daemons, the oldest first. */
  private List<Path> earlier() throws IOException {
    try (Stream<Path> entries = Files.list(data)) {
      return entries
          .filter(file -> file.getFileName().toString().startsWith(OUT + "."))
          .sorted(Comparator.comparing(file -> file.getFileName().toString()))
          .toList();
    }
  }

  /**
   * The last words on standard output and error, at most five lines; says so when there are none.
   */
  String lastWords() {
    List<String> lines = Tail.lines(data.resolve(OUT), WORDS_LINES);
    return lines.isEmpty() ? "it said nothing; see " + data.resolve(LOG) : String.join("; ", lines);
  }
}
