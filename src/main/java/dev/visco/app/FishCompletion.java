package dev.visco.app;

import dev.visco.cli.HelpLayout;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Completions of all commands and options for fish (its command {@code complete}). */
final class FishCompletion {
  private final StringBuilder script = new StringBuilder();

  private FishCompletion() {}

  /** The script. */
  static String of(CommandLine line) {
    var completion = new FishCompletion();
    completion.script.append("complete -c visco -f\n");
    completion.commands(line.getCommandSpec(), "__fish_use_subcommand");
    completion.options(line.getCommandSpec(), "__fish_use_subcommand");
    for (CommandLine command : shown(line.getCommandSpec())) {
      completion.command(command.getCommandSpec());
    }
    return completion.script.toString();
  }

  private void command(CommandSpec command) {
    String names = String.join(" ", command.names());
    String seen = "__fish_seen_subcommand_from " + names;
    options(command, seen);
    if (command.positionalParameters().stream().anyMatch(one -> one.paramLabel().equals("VM"))) {
      script
          .append("complete -c visco -n ")
          .append(quoted(seen))
          .append(" -a '(visco ps -q 2>/dev/null)'\n");
    }
    List<CommandLine> below = shown(command);
    var belowNames = new ArrayList<String>();
    below.forEach(one -> belowNames.add(one.getCommandName()));
    String open = seen + "; and not __fish_seen_subcommand_from " + String.join(" ", belowNames);
    commands(command, below.isEmpty() ? seen : open);
    for (CommandLine one : below) {
      options(
          one.getCommandSpec(), seen + "; and __fish_seen_subcommand_from " + one.getCommandName());
    }
  }

  private void commands(CommandSpec command, String condition) {
    for (CommandLine one : shown(command)) {
      script
          .append("complete -c visco -n ")
          .append(quoted(condition))
          .append(" -a ")
          .append(one.getCommandName())
          .append(" -d ")
          .append(quoted(HelpLayout.first(one.getCommandSpec())))
          .append('\n');
    }
  }

  private void options(CommandSpec command, String condition) {
    List<OptionSpec> options =
        command.parent() == null ? command.options() : HelpLayout.own(command);
    for (OptionSpec option : options) {
      script.append("complete -c visco -n ").append(quoted(condition));
      for (String name : option.names()) {
        script.append(name.startsWith("--") ? " -l " : " -s ").append(name.replaceFirst("^-+", ""));
      }
      script
          .append(option.arity().max() > 0 ? " -r" : "")
          .append(" -d ")
          .append(quoted(HelpLayout.description(option)))
          .append('\n');
    }
  }

  private static List<CommandLine> shown(CommandSpec command) {
    return command.subcommands().values().stream()
        .distinct()
        .filter(one -> !one.getCommandSpec().usageMessage().hidden())
        .toList();
  }

  /** In fish's single quotes only these two are special. */
  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
