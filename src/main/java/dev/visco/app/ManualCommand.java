package dev.visco.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code visco manual}: writes manual pages and the shell's completion, for {@code dist/build-deb}.
 */
@Command(
    name = "manual",
    hidden = true,
    description = "Writes manual pages, bash completion and docs/commands.md into a folder.")
final class ManualCommand implements Callable<Integer> {
  private final Supplier<CommandLine> whole;

  @Parameters(paramLabel = "DIR", description = "is made if need be")
  private Path folder = Path.of("");

  /**
   * @param whole makes the whole command line
   */
  ManualCommand(Supplier<CommandLine> whole) {
    this.whole = whole;
  }

  @Override
  public Integer call() throws IOException {
    CommandLine line = whole.get();
    Files.createDirectories(folder);
    write(line, new HashSet<>());
    Files.writeString(folder.resolve("visco.bash"), CompletionCommand.bash(line));
    Files.writeString(folder.resolve("commands.md"), CommandReference.of(line));
    return 0;
  }

  private void write(CommandLine line, Set<CommandLine> written) throws IOException {
    if (written.add(line) && !line.getCommandSpec().usageMessage().hidden()) {
      Files.writeString(folder.resolve(ManPage.file(line)), ManPage.of(line));
      for (CommandLine below : line.getSubcommands().values()) {
        write(below, written);
      }
    }
  }
}
