package dev.visco.app;

import dev.visco.cli.HelpLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The manual page of a command (man(7)), from the same model as its help. */
final class ManPage {
  private final CommandSpec command;
  private final StringBuilder page = new StringBuilder();

  private ManPage(CommandLine line) {
    this.command = line.getCommandSpec();
  }

  /** Its name as a file: {@code visco-vmm-add.1}. */
  static String file(CommandLine line) {
    return line.getCommandSpec().qualifiedName("-") + ".1";
  }

  /** The whole page. */
  static String of(CommandLine line) {
    return new ManPage(line).text();
  }

  private String text() {
    var usage = command.usageMessage();
    String name = command.qualifiedName("-");
    page.append(".TH ").append(name.toUpperCase(Locale.ROOT)).append(" 1\n");
    section("NAME");
    String description = String.join(" ", usage.description());
    line(name + " - " + description.replaceFirst("[.:]( .*)?$", ""));
    section("SYNOPSIS");
    line(command.qualifiedName(" ") + synopsis());
    section("DESCRIPTION");
    line(description);
    options();
    commands();
    lines("NOTES", List.of(usage.footer()));
    if (command.parent() != null) {
      section("SEE ALSO");
      line(command.parent().qualifiedName("-") + "(1)");
    }
    return page.toString();
  }

  private String synopsis() {
    String options = command.options().stream().anyMatch(one -> !one.hidden()) ? " [OPTIONS]" : "";
    String parameters =
        command.positionalParameters().stream()
            .filter(one -> !one.hidden())
            .map(one -> " " + one.paramLabel())
            .collect(Collectors.joining());
    return options + parameters + (shown().isEmpty() ? "" : " COMMAND");
  }

  private void options() {
    List<OptionSpec> own = command.parent() == null ? command.options() : HelpLayout.own(command);
    List<String[]> all =
        Stream.concat(
                command.positionalParameters().stream()
                    .filter(one -> !one.hidden())
                    .map(ManPage::entry),
                own.stream().filter(one -> !one.hidden()).map(ManPage::entry))
            .toList();
    if (!all.isEmpty()) {
      section("OPTIONS");
      all.forEach(one -> entry(one[0], one[1]));
    }
  }

  private static String[] entry(PositionalParamSpec one) {
    return new String[] {one.paramLabel(), HelpLayout.description(one)};
  }

  private static String[] entry(OptionSpec one) {
    String names = String.join(", ", one.names());
    return new String[] {
      one.arity().max() > 0 ? names + " " + one.paramLabel() : names, HelpLayout.description(one)
    };
  }

  private List<CommandLine> shown() {
    return command.subcommands().values().stream()
        .distinct()
        .filter(one -> !one.getCommandSpec().usageMessage().hidden())
        .toList();
  }

  private void commands() {
    if (!shown().isEmpty()) {
      section("COMMANDS");
      for (CommandLine one : shown()) {
        CommandSpec spec = one.getCommandSpec();
        entry(spec.qualifiedName("-") + "(1)", String.join(" ", spec.usageMessage().description()));
      }
    }
  }

  /** Printed as they are: examples, exit codes and settings are laid out already. */
  private void lines(String title, List<String> lines) {
    var filled = new ArrayList<>(lines);
    while (!filled.isEmpty() && filled.getFirst().isBlank()) {
      filled.removeFirst();
    }
    if (!filled.isEmpty()) {
      section(title);
      page.append(".nf\n");
      filled.forEach(one -> line(one.replace("%%", "%")));
      page.append(".fi\n");
    }
  }

  private void section(String title) {
    page.append(".SH ").append(title).append('\n');
  }

  private void entry(String name, String text) {
    page.append(".TP\n");
    line(name);
    line(text);
  }

  /** A line that begins with a dot or a quote would be a request, and a hyphen no minus. */
  private void line(String text) {
    String escaped = text.replace("\\", "\\e").replace("-", "\\-");
    page.append(escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" : "")
        .append(escaped)
        .append('\n');
  }
}
