package dev.visco.cli;

import dev.visco.host.LinuxHost;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
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
   * @param screen what {@code out} and {@code err} go to; on a terminal a console is cleaned
   */
  static CommandLine commandLine(
      Function<Map<String, String>, ApiAddress> address,
      PrintStream out,
      PrintStream err,
      List<Function<CommandContext, Object>> more,
      Screen screen) {
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
            new EventsCommand(context, InstantSource.system()),
            new AuditCommand(context, InstantSource.system()))) {
      line.addSubcommand(command);
    }
    line.addSubcommand(ExecCommand.commandLine(context));
    line.addSubcommand(ExecsCommands.commandLine(context));
    line.addSubcommand(ImageCommands.commandLine(context));
    line.addSubcommand(ReleaseCommands.commandLine(context));
    line.addSubcommand(SnapshotCommands.commandLine(context));
    line.addSubcommand(VolumeCommands.commandLine(context));
    line.addSubcommand(UserCommands.commandLine(context));
    line.addSubcommand(TokenCommands.commandLine(context));
    more.forEach(command -> line.addSubcommand(command.apply(context)));

    // An argument like @list is taken literally, not as a file of arguments.
    line.setExpandAtFiles(false);
    line.setOut(new java.io.PrintWriter(out, true));
    line.setErr(new java.io.PrintWriter(err, true));
    line.setPosixClusteredShortOptionsAllowed(true);
    Failures.handle(line, context);
    HelpLayout.apply(line, screen);
    return line;
  }

  private static DesktopCommands.LinkOpener screen() {
    return new DesktopCommands.LinkOpener(
        System.getenv(),
        System.console() != null && System.console().isTerminal(),
        new LinuxHost(),
        Path.of(System.getProperty("java.io.tmpdir")));
  }
}
