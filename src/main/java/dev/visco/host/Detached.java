package dev.visco.host;

import java.nio.file.Path;
import java.util.List;

/**
 * A process that shall outlive the daemon: in a session of its own, standard input from {@code
 * /dev/null}, standard output and error appended to {@code log}.
 */
public record Detached(List<String> arguments, Path log) {
  public Detached {
    arguments = List.copyOf(arguments);
  }
}
