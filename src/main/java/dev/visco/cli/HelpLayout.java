package dev.visco.cli;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** How help looks: commands by topic, options of one command alone, as wide as the terminal. */
public final class HelpLayout {
  /** A topic, with its commands in the order in which somebody needs them. */
  public record Topic(String title, List<String> commands) {
    public Topic {
      commands = List.copyOf(commands);
    }
  }

  private static final List<Topic> TOPICS =
      List.of(
          new Topic(
              "Create and list VMs", List.of("create", "fork", "run", "ps", "inspect", "info")),
          new Topic(
              "Change VMs",
              List.of(
                  "start", "stop", "restart", "kill", "pause", "suspend", "resume", "sleep",
                  "archive", "wake", "wait", "update", "rename", "label", "rebuild", "rm",
                  "prune")),
          new Topic(
              "Get in and out",
              List.of(
                  "exec",
                  "execs",
                  "login",
                  "logins",
                  "prompt",
                  "prompts",
                  "shell",
                  "ssh",
                  "ssh-config",
                  "cp",
                  "watch",
                  "forward",
                  "link",
                  "links")),
          new Topic("Desktop", List.of("open", "vnc", "screenshot", "views")),
          new Topic(
              "Find out what happens",
              List.of(
                  "logs",
                  "report",
                  "diagnose",
                  "boots",
                  "bundle",
                  "events",
                  "stats",
                  "top",
                  "audit")),
          new Topic(
              "Resources",
              List.of(
                  "type",
                  "pool",
                  "provider",
                  "image",
                  "volume",
                  "snapshot",
                  "vmm",
                  "user",
                  "egress",
                  "placeholder",
                  "token",
                  "credentials",
                  "webhook")),
          new Topic(
              "This host",
              List.of(
                  "up",
                  "down",
                  "daemon",
                  "doctor",
                  "config",
                  "sweep",
                  "backup",
                  "restore",
                  "store",
                  "vault",
                  "upgrade",
                  "firecracker-compatible")),
          new Topic("This program", List.of("help", "version", "completion", "context")));

  /** The topic of commands that stand in none. */
  static final String OTHERS = "Others";

  private HelpLayout() {}

  /** Gives a whole command line its help. */
  static void apply(CommandLine line, Screen screen) {
    line.setColorScheme(
        Help.defaultColorScheme(screen.hasColours() ? Help.Ansi.ON : Help.Ansi.OFF));
    Map<String, CommandLine.IHelpSectionRenderer> sections = line.getHelpSectionMap();
    sections.put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING, help -> "");
    sections.put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, HelpLayout::byTopic);
    var keys = new ArrayList<>(line.getHelpSectionKeys());
    keys.remove(UsageMessageSpec.SECTION_KEY_OPTION_LIST);
    keys.add(
        keys.indexOf(UsageMessageSpec.SECTION_KEY_COMMAND_LIST) + 1,
        UsageMessageSpec.SECTION_KEY_OPTION_LIST);
    line.setHelpSectionKeys(keys);
    CommandLine.IHelpSectionRenderer options =
        Objects.requireNonNull(sections.get(UsageMessageSpec.SECTION_KEY_OPTION_LIST));
    sections.put(
        UsageMessageSpec.SECTION_KEY_OPTION_LIST,
        help -> heading(help, "Options of every command") + options.render(help));
    apply(line, screen.helpColumns(), new HashSet<>());
  }

  private static void apply(CommandLine line, int columns, Set<CommandLine> done) {
    if (!done.add(line)) {
      return;
    }
    CommandSpec spec = line.getCommandSpec();
    spec.usageMessage().width(columns).abbreviateSynopsis(true);
    if (spec.parent() != null) {
      OptionSpec version = spec.findOption("--version");
      if (version != null && version.versionHelp()) {
        spec.remove(version);
      }
      line.getHelpSectionMap()
          .put(
              UsageMessageSpec.SECTION_KEY_OPTION_LIST,
              help -> "\n" + help.optionListExcludingGroups(own(help.commandSpec())));
    }
    line.getSubcommands().values().forEach(below -> apply(below, columns, done));
  }

  /** Its options without those that every command has. */
  public static List<OptionSpec> own(CommandSpec command) {
    return command.options().stream().filter(one -> !one.inherited() && !one.hidden()).toList();
  }

  /** The topics of commands that there are, each with those of its commands that there are. */
  public static List<Topic> topics(CommandSpec root) {
    Map<String, CommandLine> known = root.subcommands();
    var topics = new ArrayList<Topic>();
    Set<String> named = new HashSet<>();
    for (Topic topic : TOPICS) {
      List<String> there =
          topic.commands().stream().filter(one -> isShown(known.get(one))).toList();
      there.forEach(name -> named.addAll(names(known.get(name))));
      if (!there.isEmpty()) {
        topics.add(new Topic(topic.title(), there));
      }
    }
    List<String> others =
        known.entrySet().stream()
            .filter(one -> isShown(one.getValue()) && !named.contains(one.getKey()))
            .map(Map.Entry::getKey)
            .toList();
    if (!others.isEmpty()) {
      topics.add(new Topic(OTHERS, others));
    }
    return topics;
  }

  private static boolean isShown(@Nullable CommandLine command) {
    return command != null && !command.getCommandSpec().usageMessage().hidden();
  }

  private static List<String> names(@Nullable CommandLine command) {
    return command == null
        ? List.of()
        : List.of(command.getCommandSpec().names().toArray(String[]::new));
  }

  private static String byTopic(Help help) {
    var text = new StringBuilder();
    CommandSpec root = help.commandSpec();
    int width = help.commandSpec().usageMessage().width();
    for (Topic topic : topics(root)) {
      text.append(heading(help, topic.title()));
      Help.TextTable table =
          Help.TextTable.forColumns(
              help.colorScheme(),
              new Help.Column(24, 2, Help.Column.Overflow.SPAN),
              new Help.Column(width - 24, 1, Help.Column.Overflow.WRAP));
      for (String name : topic.commands()) {
        CommandSpec command =
            Objects.requireNonNull(root.subcommands().get(name), name).getCommandSpec();
        table.addRowValues(
            help.colorScheme().commandText(String.join(", ", command.names())),
            help.colorScheme().text(first(command)));
      }
      text.append(table);
    }
    return text.toString();
  }

  /** What an option or parameter is for, on one line and with its default. */
  public static String description(ArgSpec argument) {
    return String.join(" ", argument.description())
        .replace("${DEFAULT-VALUE}", String.valueOf(argument.defaultValue()))
        .replace("%%", "%")
        .strip();
  }

  private static String heading(Help help, String title) {
    return "\n" + help.colorScheme().text("@|bold " + title + ":|@") + "\n";
  }

  /** The first sentence about it. */
  public static String first(CommandSpec command) {
    String whole = String.join(" ", command.usageMessage().description());
    return whole.replaceFirst("(?s)[.:;] .*$", ".");
  }
}
