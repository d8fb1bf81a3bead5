package dev.visco.host;

import java.nio.file.Path;
import java.util.List;
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
 */
public record Detached(
    List<String> arguments,
    Path log,
    @Nullable Path input,
    @Nullable Path output,
    @Nullable Path directory) {
  public Detached {
    arguments = List.copyOf(arguments);
  }

  /** One that reads nothing and says all to {@code log}. */
  public Detached(List<String> arguments, Path log) {
    this(arguments, log, null, null, null);
  }
}
