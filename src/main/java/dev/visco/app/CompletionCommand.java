package dev.visco.app;

import dev.visco.cli.CommandContext;
import dev.visco.model.Refused;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code visco completion}. */
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    description = {
      "Prints what makes a shell complete commands, options and, in fish, ids of VMs.",
      "The package installs it for bash."
    },
    footer = {
      "",
      "Examples: source <(visco completion bash)      # or in ~/.bashrc",
      "          source <(visco completion zsh)       # or in ~/.zshrc",
      "          visco completion fish | source       # or in ~/.config/fish/config.fish"
    })
final class CompletionCommand implements Callable<Integer> {
  private final CommandContext context;
  private final Supplier<CommandLine> whole;

  @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish")
  private String shell = "";

  /**
   * @param whole makes the whole command line
   */
  CompletionCommand(CommandContext context, Supplier<CommandLine> whole) {
    this.context = context;
    this.whole = whole;
  }

  @Override
  public Integer call() {
    context
        .out()
        .print(
            switch (shell) {
              case "bash" -> bash(whole.get());
              case "zsh" -> zsh(whole.get());
              case "fish" -> FishCompletion.of(whole.get());
              default ->
                  throw Refused.invalid("SHELL", shell, "is not known", "Give bash, zsh or fish.");
            });
    context.out().flush();
    return 0;
  }

  /** The script for bash, the same for the same commands. */
  static String bash(CommandLine line) {
    // The date would make two builds differ.
    return AutoComplete.bash("visco", line).replaceAll("(?m)^# Date: .*\n", "");
  }

  /** The one for bash, which zsh runs with its bashcompinit. */
  private static String zsh(CommandLine line) {
    return "#compdef visco\nautoload -U +X compinit && compinit\n"
        + "autoload -U +X bashcompinit && bashcompinit\n"
        + bash(line);
  }
}
