package dev.visco.host;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A process that outlives the daemon: it has its own session, and its standard error is appended to
 * {@code log}.
 *
 * @param input its standard input, null for {@code /dev/null}; for a FIFO the start waits until
 *     there is a writer
 * @param output its standard output, opened to append; null for {@code log}; for a FIFO the start
 *     waits until there is a reader
 * @param directory its working directory, null for the daemon's own
 * @param environment its variables besides PATH and LC_ALL ({@link ChildEnvironment})
 * @param third a file that it finds open for reading and writing as descriptor 3; null for none
 * @param netns the network namespace of {@code /run/netns} that it is in; null for the daemon's own
 */
public record Detached(
    List<String> arguments,
    Path log,
    @Nullable Path input,
    @Nullable Path output,
    @Nullable Path directory,
    Map<String, String> environment,
    @Nullable Path third,
    @Nullable String netns) {
  public Detached {
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
  }

  /** A process with the environment that every child has. */
  public Detached(
      List<String> arguments,
      Path log,
      @Nullable Path input,
      @Nullable Path output,
      @Nullable Path directory) {
    this(arguments, log, input, output, directory, Map.of(), null, null);
  }

  /** A process without input that writes everything to {@code log}. */
  public Detached(List<String> arguments, Path log) {
    this(arguments, log, null, null, null, Map.of(), null, null);
  }

  /** The same process with further variables. */
  public Detached withEnvironment(Map<String, String> added) {
    return new Detached(arguments, log, input, output, directory, added, third, netns);
  }

  /** The same process with a file that it finds open as descriptor 3. */
  public Detached withThird(Path file) {
    return new Detached(arguments, log, input, output, directory, environment, file, netns);
  }

  /** The same process in another network namespace. */
  public Detached in(String name) {
    return new Detached(arguments, log, input, output, directory, environment, third, name);
  }
}
