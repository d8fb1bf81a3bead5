package dev.visco.cli;

import dev.visco.host.LinuxHost;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import picocli.CommandLine;

/** The command line: the list of all commands, and the exit codes of their failures. */
public final class Visco {
  private Visco() {}

  /**
   * The whole command line.
   *
   * @param address finds the daemon from the flags that were given, by setting
   * @param more further commands
   */
  public static CommandLine commandLine(
      Function<Map<String, String>, ApiAddress> address,
      PrintStream out,
      PrintStream err,
      List<CommandEntry> more) {
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
      List<CommandEntry> more,
      String first) {
    Screen screen = Screen.ofProcess();
    CommandLine one = commandLine(address, out, err, more, screen, names -> names.contains(first));
    boolean isEnough =
        one.getSubcommands().values().stream()
            .anyMatch(command -> !(command.getCommand() instanceof NeedsAllCommands));
    return isEnough ? one : commandLine(address, out, err, more, screen);
  }

  /** The exit code of wrong usage of the command that {@code arguments} begin with. */
  public static int usage(CommandLine line, String[] arguments) {
    CommandLine command = line.getSubcommands().get(arguments.length == 0 ? "" : arguments[0]);
    return Failures.own(command == null ? line : command, CommandExitCode.USAGE);
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
      List<CommandEntry> more,
      Screen screen) {
    return commandLine(address, out, err, more, screen, names -> true);
  }

  private static CommandLine commandLine(
      Function<Map<String, String>, ApiAddress> address,
      PrintStream out,
      PrintStream err,
      List<CommandEntry> more,
      Screen screen,
      Predicate<List<String>> isWanted) {
    var context = new CommandContext(address, out, err, screen, InstantSource.system());
    var line = new CommandLine(context);
    Stream.concat(entries(), more.stream())
        .filter(entry -> isWanted.test(entry.names()))
        .forEach(entry -> line.addSubcommand(entry.make().apply(context)));

    // An argument like @list is taken literally, not as a file of arguments.
    line.setExpandAtFiles(false);
    line.setOut(new java.io.PrintWriter(out, true));
    line.setErr(new java.io.PrintWriter(err, true));
    line.setPosixClusteredShortOptionsAllowed(true);
    Failures.handle(line, context);
    HelpLayout.apply(line, screen);
    return line;
  }

  private static Stream<CommandEntry> entries() {
    return Stream.of(
        new CommandEntry(CreateCommand::new, "create"),
        new CommandEntry(ForkCommand::new, "fork"),
        new CommandEntry(DiagnoseCommand::new, "diagnose"),
        new CommandEntry(BundleCommand::new, "bundle"),
        new CommandEntry(VmListCommand::new, "ps", "ls", "list"),
        new CommandEntry(VmInspectCommand::new, "inspect"),
        new CommandEntry(VmCommands.VmBoots::new, "boots"),
        new CommandEntry(VmCommands.VmReport::new, "report"),
        new CommandEntry(LogsCommand::new, "logs"),
        new CommandEntry(ShellCommand::new, "shell"),
        new CommandEntry(CopyCommand::new, "cp"),
        new CommandEntry(WatchCommand::new, "watch"),
        new CommandEntry(ForwardCommand::new, "forward"),
        new CommandEntry(LinkCommands.LinkCommand::new, "link"),
        new CommandEntry(LinkCommands::commandLine, "links"),
        new CommandEntry(EgressCommands::commandLine, "egress"),
        new CommandEntry(PlaceholderCommands::commandLine, "placeholder", "placeholders"),
        new CommandEntry(SshConfigCommand::new, "ssh-config"),
        new CommandEntry(ScreenshotCommand::new, "screenshot"),
        new CommandEntry(context -> new DesktopCommands.DesktopOpen(context, screen()), "open"),
        new CommandEntry(VncCommand::new, "vnc"),
        new CommandEntry(DesktopCommands.DesktopViews::new, "views"),
        new CommandEntry(context -> new VmRemoveCommand(context, Confirmation.ofTerminal()), "rm"),
        new CommandEntry(PowerCommands.StopCommand::new, "stop"),
        new CommandEntry(PowerCommands.StartCommand::new, "start"),
        new CommandEntry(PowerCommands.RestartCommand::new, "restart"),
        new CommandEntry(PowerCommands.KillCommand::new, "kill"),
        new CommandEntry(
            context -> new RebuildCommand(context, Confirmation.ofTerminal()), "rebuild"),
        new CommandEntry(UpdateCommand::new, "update"),
        new CommandEntry(MetadataCommands.RenameCommand::new, "rename"),
        new CommandEntry(MetadataCommands.LabelCommand::new, "label"),
        new CommandEntry(PauseCommands.PauseCommand::new, "pause"),
        new CommandEntry(PauseCommands.SuspendCommand::new, "suspend"),
        new CommandEntry(PauseCommands.SleepCommand::new, "sleep"),
        new CommandEntry(PauseCommands.ArchiveCommand::new, "archive"),
        new CommandEntry(PauseCommands.WakeCommand::new, "wake"),
        new CommandEntry(PauseCommands.ResumeCommand::new, "resume"),
        new CommandEntry(context -> new HelpCommand(), "help"),
        new CommandEntry(VersionCommand::new, "version"),
        new CommandEntry(InfoCommand::new, "info"),
        new CommandEntry(WaitCommand::new, "wait"),
        new CommandEntry(context -> new PruneCommand(context, Confirmation.ofTerminal()), "prune"),
        new CommandEntry(SweepCommand::new, "sweep"),
        new CommandEntry(StatsCommand::new, "stats"),
        new CommandEntry(StatsCommand.TopCommand::new, "top"),
        new CommandEntry(context -> new EventsCommand(context, InstantSource.system()), "events"),
        new CommandEntry(context -> new AuditCommand(context, InstantSource.system()), "audit"),
        new CommandEntry(ExecCommand::commandLine, "exec"),
        new CommandEntry(RunCommand::commandLine, "run"),
        new CommandEntry(ExecsCommands::commandLine, "execs"),
        new CommandEntry(context -> new LoginCommand(context, screen()), "login"),
        new CommandEntry(LoginCommands::commandLine, "logins"),
        new CommandEntry(PromptCommands.PromptCommand::new, "prompt"),
        new CommandEntry(PromptCommands::commandLine, "prompts"),
        new CommandEntry(SshCommand::commandLine, "ssh"),
        new CommandEntry(ImageCommands::commandLine, "image"),
        new CommandEntry(TypeCommands::commandLine, "type", "types"),
        new CommandEntry(PoolCommands::commandLine, "pool", "pools"),
        new CommandEntry(ProviderCommands::commandLine, "provider", "providers"),
        new CommandEntry(ReleaseCommands::commandLine, "vmm"),
        new CommandEntry(SnapshotCommands::commandLine, "snapshot"),
        new CommandEntry(VolumeCommands::commandLine, "volume"),
        new CommandEntry(UserCommands::commandLine, "user"),
        new CommandEntry(TokenCommands::commandLine, "token"),
        new CommandEntry(VaultCommands::commandLine, "vault"),
        new CommandEntry(CredentialCommands::commandLine, "credentials", "credential"),
        new CommandEntry(WebhookCommands::commandLine, "webhook"));
  }

  private static DesktopCommands.LinkOpener screen() {
    return new DesktopCommands.LinkOpener(
        System.getenv(),
        System.console() != null && System.console().isTerminal(),
        new LinuxHost(),
        Path.of(System.getProperty("java.io.tmpdir")));
  }
}
