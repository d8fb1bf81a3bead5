package dev.visco.app;

import dev.visco.cli.HelpLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The reference of all commands, {@code docs/commands.md}, from the same model as their help. */
final class CommandReference {
  private static final int WIDTH = 120;

  private static final String HEAD =
      """
      # Commands

      Made from the program's own help (`visco help COMMAND`, `man visco-COMMAND`); a test compares them.

      VMs are named by their id, by any unique beginning of it, with or without `vm-`, or by their name. Commands that take
      several VMs go on after one that fails, say which, and exit with the code of the first failure.

      Lists of things (VMs, images, snapshots, volumes, webhooks, releases, detached commands) have the newest first; logs
      and what has happened (events, audit, views, deliveries) the oldest first, so that the newest is at the prompt. Users,
      tokens, types and contexts are in the order of their names. Table and `--json` are alike.

      Lists print ages and fit the terminal. `-q` prints ids alone, `-o` another form, `--filter` and `--format` take fields
      of `--json` in any case, and the names `ID`, `Names`, `Status`, `Type`, `User`, `CreatedAt`, `CPUs`, `Memory` and
      `Disk`. `{{json .Labels}}`, `{{upper .State}}` and `{{lower .State}}` are known, `\\t` is a tab. Filters of one field
      are alternatives; all fields must match.

      Commands with a result print it with `--json` as one document. What prints a guest's own output (`shell`, `ssh`,
      `run`, `execs attach`, `execs logs`) or nothing has no such option, and says so. `up` and `down` print theirs at the
      end; `vnc` and `forward` print the addresses once these can be reached.

      With `--json` a failure is a problem document (RFC 9457) on standard error, with `detail`, `remedy`, and `field` and
      `value` where there are any. Colours are for terminals; `NO_COLOR` turns them off.

      Exit codes: 0 success, 1 the VM or the work failed, 2 wrong usage, 3 refused, 4 not found, 5 the daemon does not
      answer. `visco exec`, `run`, `shell`, `execs attach` and `execs wait` exit with the code of the command in the VM:
      124 when its timeout ended it, 126 when it cannot be executed, 127 when it is not there, 128 and the number of a
      signal. Where Visco fails itself (wrong usage, no such VM, a refusal, no daemon) their code is 125, as docker's, and
      never 1 to 5; that of `visco ssh` is 255, as ssh's.
      """;

  private final StringBuilder text = new StringBuilder(HEAD);

  private CommandReference() {}

  /** The whole document. */
  static String of(CommandLine line) {
    var reference = new CommandReference();
    CommandSpec root = line.getCommandSpec();
    reference.text.append("\n## Options of every command\n\n");
    reference.options(root.options());
    for (HelpLayout.Topic topic : HelpLayout.topics(root)) {
      reference.text.append("\n## ").append(topic.title()).append('\n');
      topic
          .commands()
          .forEach(name ->
              reference.command(Objects.requireNonNull(root.subcommands().get(name), name)));
    }
    return reference.text.toString();
  }

  private void command(CommandLine line) {
    CommandSpec command = line.getCommandSpec();
    String name = command.qualifiedName(" ");
    text.append("\n### ").append(name).append("\n\n");
    String also =
        Arrays.stream(command.aliases())
            .map(one -> " Also `" + command.parent().qualifiedName(" ") + " " + one + "`.")
            .reduce("", String::concat);
    paragraph(String.join(" ", command.usageMessage().description()) + also, "");
    examples(command);
    List<PositionalParamSpec> parameters =
        command.positionalParameters().stream().filter(one -> !one.hidden()).toList();
    List<OptionSpec> options =
        HelpLayout.own(command).stream().filter(one -> !one.usageHelp()).toList();
    if (!parameters.isEmpty() || !options.isEmpty()) {
      text.append('\n');
    }
    for (PositionalParamSpec one : parameters) {
      item("`" + one.paramLabel() + "`", HelpLayout.description(one));
    }
    options(options);
    line.getSubcommands().values().stream()
        .distinct()
        .filter(one -> !one.getCommandSpec().usageMessage().hidden())
        .forEach(this::command);
  }

  private void options(List<OptionSpec> options) {
    for (OptionSpec one : options) {
      String names =
          Arrays.stream(one.names())
              .map(name -> "`" + name + (one.arity().max() > 0 ? value(one, name) : "") + "`")
              .reduce((left, right) -> left + ", " + right)
              .orElse("");
      item(names, HelpLayout.description(one));
    }
  }

  private static String value(OptionSpec option, String name) {
    return (name.startsWith("--") ? "=" : " ") + option.paramLabel();
  }

  /** Its examples, which its help has behind a heading and a blank line. */
  private void examples(CommandSpec command) {
    List<String> shown =
        Arrays.stream(command.usageMessage().footer())
            .map(one -> one.replaceFirst("^Examples?: ", "").strip())
            .filter(one -> one.startsWith("visco ") && !one.endsWith("."))
            .map(one -> one.replaceFirst(" \\|.*$", "")) // What comes behind a pipe is not ours.
            .filter(one -> !one.contains("$("))
            .toList();
    if (!shown.isEmpty()) {
      text.append("\n```sh\n");
      shown.forEach(one -> text.append(one).append('\n'));
      text.append("```\n");
    }
  }

  private void item(String name, String description) {
    paragraph("- " + name + ": " + description, "  ");
  }

  /** Words in lines of at most 120 characters. */
  private void paragraph(String words, String indent) {
    var line = new StringBuilder();
    for (String word : words.split(" ", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > WIDTH) {
        text.append(line).append('\n');
        line = new StringBuilder(indent);
      } else if (!line.isEmpty()) {
        line.append(' ');
      }
      line.append(word);
    }
    text.append(line).append('\n');
  }
}
