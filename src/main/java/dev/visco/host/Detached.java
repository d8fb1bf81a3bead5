package dev.visco.host;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A process that shall outlive the daemon: in a session of its own, standard error appended to
 * {@code log}.
 *
 * @param input its standard input, null for {@code /dev/null}; a FIFO needs a writer, or the start
 *     waits for one
 * @param output its standard output, opened to append; null for {@code log}; a FIFO needs a reader,
 *     or the start waits for one
 * @param directory its working directory, null for the daemon's own
 * @param environment what it has besides PATH and LC_ALL ({@link ChildEnvironment})
 */
public record Detached(
    List<String> arguments,
    Path log,
    @Nullable Path input,
    @Nullable Path output,
    @Nullable Path directory,
    Map<String, String> environment) {
  public Detached {
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
  }

  /** One with nothing in its environment but what every child has. */
  public Detached(
      List<String> arguments,
      Path log,
      @Nullable Path input,
      @Nullable Path output,
      @Nullable Path directory) {
    this(arguments, log, input, output, directory, Map.of());
  }

  /** One that reads nothing and says all to {@code log}. */
  public Detached(List<String> arguments, Path log) {
    this(arguments, log, null, null, null, Map.of());
  }

  /** The same process with this besides in its environment. */
  public Detached withEnvironment(Map<String, String> added) {
    return new Detached(arguments, log, input, output, directory, added);
  }
}
