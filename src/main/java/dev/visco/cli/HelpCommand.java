package dev.visco.cli;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code visco help}. */
@Command(
    name = "help",
    mixinStandardHelpOptions = true,
    description = "Explains a command.",
    footer = {"", "Examples: visco help create", "          visco help image import"})
final class HelpCommand implements Callable<Integer>, Visco.NeedsAllCommands {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "COMMAND", arity = "0..*", description = "the command's words")
  private List<String> words = new ArrayList<>();

  @Override
  public Integer call() {
    CommandLine command = spec.root().commandLine();
    for (String word : words) {
      CommandLine next = command.getSubcommands().get(word);
      if (next == null) {
        throw unknown(command, word);
      }
      command = next;
    }
    command.usage(spec.commandLine().getOut());
    return CommandExitCode.OK;
  }

  private static Refused unknown(CommandLine command, String word) {
    String name = command.getCommandSpec().qualifiedName(" ");
    List<String> near = NearNames.commands(word, command.getSubcommands().keySet());
    return new Refused(
        new Refusal.NotFound(
            "command",
            word,
            near.isEmpty()
                ? name + " --help lists those that there are."
                : "Did you mean " + name + " " + String.join(" or ", near) + "?"));
  }
}
