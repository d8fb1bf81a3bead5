package dev.visco.cli;

import java.util.List;
import java.util.function.Function;

/**
 * A command in the list of all. Its names stand here, too, since to read them off the class of
 * every command takes longer than most commands do.
 *
 * @param names its name and its other names, as its annotation has them
 * @param make makes it, or a command line with commands of its own
 */
public record CommandEntry(List<String> names, Function<CommandContext, Object> make) {
  public CommandEntry {
    names = List.copyOf(names);
  }

  public CommandEntry(Function<CommandContext, Object> make, String... names) {
    this(List.of(names), make);
  }
}
