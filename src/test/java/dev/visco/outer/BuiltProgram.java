package dev.visco.outer;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The built jar with its AOT caches, as the launcher makes them: once for each build, whichever of
 * the tests' processes is the first to need it. Tests start the program hundreds of times.
 */
final class BuiltProgram {
  private static final Duration DEADLINE = Duration.ofMinutes(5);
  private static final Path TARGET = Path.of("target").toAbsolutePath();

  /** As in the launcher: a cache is taken by a JVM with the same options alone. */
  private static final List<String> OPTIONS =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:+UseCompactObjectHeaders",
          "-XX:-UsePerfData",
          "--enable-native-access=ALL-UNNAMED");

  private final Host host = new LinuxHost();
  private final Path folder;

  private BuiltProgram(Path folder) {
    this.folder = folder;
  }

  /** What a command is started with; its arguments come after these words. */
  static List<String> words() {
    Path jar = TARGET.resolve("visco.jar");
    try (var lock =
        FileChannel.open(
            TARGET.resolve("program.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      lock.lock();
      String build = Long.toHexString(Files.getLastModifiedTime(jar).toMillis());
      var program = new BuiltProgram(TARGET.resolve("program-" + build));
      if (!Files.exists(program.folder)) {
        program.make();
      }
      return program.words("commands.aot", "-XX:TieredStopAtLevel=1");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void make() throws IOException {
    try (var earlier = Files.newDirectoryStream(TARGET, "program-*")) {
      earlier.forEach(DurableFiles::deleteTree);
    }
    Path half = TARGET.resolve("program-new");
    Files.createDirectories(half);
    for (String part : List.of("visco.jar", "lib")) {
      host.check(Command.of("cp", "-a", TARGET.resolve(part).toString(), half.toString()));
    }
    Files.move(half, folder); // The caches are for these paths alone.
    train("classes");
    train("daemon", "-XX:AOTCacheOutput=" + folder.resolve("visco.aot"));
    train("commands", "-XX:AOTCacheOutput=" + folder.resolve("commands.aot"));
  }

  private void train(String what, String... options) {
    var words = new ArrayList<>(words("", options));
    words.addAll(List.of("train", what));
    host.check(
        Command.of(words)
            .withEnvironment(Map.of("VISCO_HOME", Path.of("").toAbsolutePath().toString()))
            .within(DEADLINE));
  }

  private List<String> words(String cache, String... options) {
    var words = new ArrayList<String>();
    words.add(ProcessHandle.current().info().command().orElseThrow());
    words.addAll(OPTIONS);
    words.addAll(List.of(options));
    if (!cache.isEmpty()) {
      words.add("-XX:AOTCache=" + folder.resolve(cache));
      words.addAll(List.of("-Xlog:aot=off", "-Xlog:cds=off"));
    }
    words.addAll(List.of("-jar", folder.resolve("visco.jar").toString()));
    return words;
  }
}
