package dev.visco.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The TypeScript client, compiled by Debian's {@code tsc} in a copy of its folder; {@code ./visco
 * packages --for-tests} brings it, and Node. Nothing is downloaded.
 */
public final class NodePackage {
  private static final Path SOURCES = Path.of("clients/typescript");
  private static final Duration DEADLINE = Duration.ofMinutes(3);
  private final LinuxHost host = new LinuxHost();
  private final Path folder;

  private NodePackage(Path folder) {
    this.folder = folder;
  }

  /** Copied to {@code node_modules/visco-client} of this folder, and compiled. */
  public static NodePackage built(Path folder) throws IOException {
    Path copy = Files.createDirectories(folder.resolve("node_modules/visco-client"));
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path to = copy.resolve(SOURCES.relativize(file));
        Files.createDirectories(to.resolve("..").normalize());
        Files.copy(file, to);
      }
    }
    var made = new NodePackage(copy);
    made.compile("tsconfig.json");
    return made;
  }

  /** Compiles a project of its folder; what the compiler says is the failure. */
  void compile(String project) {
    CommandResult result =
        host.run(Command.of("tsc", "--project", project).in(folder).within(DEADLINE));
    assertThat(result.exitCode()).as(result.output() + result.error()).isZero();
  }

  /** Runs one of its own tests, and gives what it printed. */
  public String test(String file, Map<String, String> environment) {
    var words = new ArrayList<>(List.of("node"));
    if (host.run(Command.of("node", "--experimental-websocket", "--version")).succeeded()) {
      words.add("--experimental-websocket");
    }
    words.add("test/" + file);
    CommandResult result =
        host.run(Command.of(words).in(folder).withEnvironment(environment).within(DEADLINE));
    assertThat(result.exitCode()).as(result.output() + result.error()).isZero();
    return result.output();
  }
}
