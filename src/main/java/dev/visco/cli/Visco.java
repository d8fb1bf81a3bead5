package dev.visco.cli;

import dev.visco.host.LinuxHost;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line: the list of all commands, and the exit codes of their failures. */
public final class Visco {
  private Visco() {}

  /**
   * The whole command line.
   *
   * @param address finds the daemon from the flags that were given, by setting
   * @param more further commands, each with an {@link Command} annotation or made from one
   */
  public static CommandLine commandLine(
      Function<Map<String, String>, ApiAddress> address,
      PrintStream out,
      PrintStream err,
      List<Function<CommandContext, Object>> more) {
    return commandLine(address, out, err, more, Screen.ofProcess());
  }

  /**
   * The same with the one command alone that {@code first} names, where one is named so and needs
   * no other: to read what all commands say of themselves takes most of a short command's time.
   *
   * @param first the first word that was typed; empty for none
   */
  public static CommandLine commandLine(
      Function<Map<String, String>, ApiAddress> address,
      PrintStream out,
      PrintStream err,
      List<Function<CommandContext, Object>> more,
      String first) {
    Screen screen = Screen.ofProcess();
    CommandLine one = commandLine(address, out, err, more, screen, names -> names.contains(first));
    boolean isEnough =
        one.getSubcommands().values().stream()
            .anyMatch(command -> !(command.getCommand() instanceof NeedsAllCommands));
    return isEnough ? one : commandLine(address, out, err, more, screen);
  }

  /** A command that shows others. */
  public interface NeedsAllCommands {}

  /**
   * @param screen what {@code out} and {@code err} go to; on a terminal a console is cleaned
   */
  static CommandLine commandLine(
      Function<Map<String, String>, ApiAddress> address,
      PrintStream out,
      PrintStream err,
      List<Function<CommandContext, Object>> more,
      Screen screen) {
    return commandLine(address, out, err, more, screen, names -> true);
  }

  private static CommandLine commandLine(
      Function<Map<String, String>, ApiAddress> address,
      PrintStream out,
      PrintStream err,
      List<Function<CommandContext, Object>> more,
      Screen screen,
      Predicate<List<String>> isWanted) {
    var context = new CommandContext(address, out, err, screen, InstantSource.system());
    var line = new CommandLine(context);
    for (Object command :
        List.of(
            new CreateCommand(context),
            new DiagnoseCommand(context),
            new BundleCommand(context),
            new VmListCommand(context),
            new VmInspectCommand(context),
            new VmCommands.VmBoots(context),
            new VmCommands.VmReport(context),
            new LogsCommand(context),
            new ShellCommand(context),
            new CopyCommand(context),
            new ForwardCommand(context),
            new SshConfigCommand(context),
            new ScreenshotCommand(context),
            new DesktopCommands.DesktopOpen(context, screen()),
            new VncCommand(context),
            new DesktopCommands.DesktopViews(context),
            new VmRemoveCommand(context, Confirmation.ofTerminal()),
            new PowerCommands.StopCommand(context),
            new PowerCommands.StartCommand(context),
            new PowerCommands.RestartCommand(context),
            new PowerCommands.KillCommand(context),
            new RebuildCommand(context, Confirmation.ofTerminal()),
            new UpdateCommand(context),
            new MetadataCommands.RenameCommand(context),
            new MetadataCommands.LabelCommand(context),
            new PauseCommands.PauseCommand(context),
            new PauseCommands.ResumeCommand(context),
            new HelpCommand(),
            new VersionCommand(context),
            new InfoCommand(context),
            new WaitCommand(context),
            new PruneCommand(context, Confirmation.ofTerminal()),
            new SweepCommand(context),
            new StatsCommand(context),
            new StatsCommand.TopCommand(context),
            new EventsCommand(context, InstantSource.system()),
            new AuditCommand(context, InstantSource.system()))) {
      addIfWanted(line, command, isWanted);
    }
    for (CommandGroup group :
        List.of(
            new CommandGroup(ExecCommand.class, ExecCommand::commandLine),
            new CommandGroup(RunCommand.class, RunCommand::commandLine),
            new CommandGroup(ExecsCommands.class, ExecsCommands::commandLine),
            new CommandGroup(SshCommand.class, SshCommand::commandLine),
            new CommandGroup(ImageCommands.class, ImageCommands::commandLine),
            new CommandGroup(ReleaseCommands.class, ReleaseCommands::commandLine),
            new CommandGroup(SnapshotCommands.class, SnapshotCommands::commandLine),
            new CommandGroup(VolumeCommands.class, VolumeCommands::commandLine),
            new CommandGroup(UserCommands.class, UserCommands::commandLine),
            new CommandGroup(TokenCommands.class, TokenCommands::commandLine),
            new CommandGroup(WebhookCommands.class, WebhookCommands::commandLine))) {
      if (isWanted.test(names(group.type()))) {
        line.addSubcommand(group.make().apply(context));
      }
    }
    more.forEach(command -> addIfWanted(line, command.apply(context), isWanted));

    // An argument like @list is taken literally, not as a file of arguments.
    line.setExpandAtFiles(false);
    line.setOut(new java.io.PrintWriter(out, true));
    line.setErr(new java.io.PrintWriter(err, true));
    line.setPosixClusteredShortOptionsAllowed(true);
    Failures.handle(line, context);
    HelpLayout.apply(line, screen);
    return line;
  }

  /** A command that is made with commands of its own. */
  private record CommandGroup(Class<?> type, Function<CommandContext, CommandLine> make) {}

  private static void addIfWanted(
      CommandLine line, Object command, Predicate<List<String>> isWanted) {
    Object annotated = command instanceof CommandLine made ? made.getCommand() : command;
    if (isWanted.test(names(annotated.getClass()))) {
      line.addSubcommand(command);
    }
  }

  /** Its name and its other names. */
  private static List<String> names(Class<?> type) {
    Command said = Objects.requireNonNull(type.getAnnotation(Command.class), type::getName);
    return Stream.concat(Stream.of(said.name()), Stream.of(said.aliases())).toList();
  }

  private static DesktopCommands.LinkOpener screen() {
    return new DesktopCommands.LinkOpener(
        System.getenv(),
        System.console() != null && System.console().isTerminal(),
        new LinuxHost(),
        Path.of(System.getProperty("java.io.tmpdir")));
  }
}
