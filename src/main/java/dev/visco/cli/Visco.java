package dev.visco.cli;

import dev.visco.host.LinuxHost;
import dev.visco.model.Refused;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command line's root: options that every command takes, and where output goes. */
@Command(
    name = "visco",
    description = "Runs microVMs, proves that each one works, and says why when one does not.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Visco.Version.class,
    footer = {
      "",
      "Exit codes: 0 ok, 1 the VM failed, 2 wrong usage, 3 refused, 4 not found, 5 no daemon.",
      "exec and shell end with the exit code of what they ran."
    })
public final class Visco {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "data folder (VISCO_DATA)",
      scope = ScopeType.INHERIT)
  private @Nullable String data;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description = "the API's address (VISCO_LISTEN)",
      scope = ScopeType.INHERIT)
  private @Nullable String listen;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "any setting, like network.pool=10.9.0.0/24",
      scope = ScopeType.INHERIT)
  private Map<String, String> settings = new TreeMap<>();

  private final Function<Map<String, String>, ApiAddress> address;
  private final PrintStream raw;
  private final PrintStream rawErr;
  private final PrintStream out;
  private final PrintStream err;
  private final boolean isTerminal;

  private Visco(
      Function<Map<String, String>, ApiAddress> address,
      PrintStream out,
      PrintStream err,
      boolean isTerminal) {
    this.address = address;
    this.isTerminal = isTerminal;
    this.raw = out;
    this.rawErr = err;
    this.out = CleanOutput.over(out);
    this.err = CleanOutput.over(err);
  }

  /** What the program is called by {@code --version}. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Visco.class.getPackage().getImplementationVersion();
      return new String[] {"visco " + (version == null ? "(not packaged)" : version)};
    }
  }

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
      List<Function<Visco, Object>> more) {
    return commandLine(address, out, err, more, StandardOutput.isTerminal());
  }

  /**
   * @param isTerminal whether {@code out} is one, so that a console is cleaned on its way there
   */
  static CommandLine commandLine(
      Function<Map<String, String>, ApiAddress> address,
      PrintStream out,
      PrintStream err,
      List<Function<Visco, Object>> more,
      boolean isTerminal) {
    var root = new Visco(address, out, err, isTerminal);
    var line = new CommandLine(root);
    for (Object command :
        List.of(
            new CreateCommand(root),
            new DiagnoseCommand(root),
            new BundleCommand(root),
            new VmCommands.Ps(root),
            new VmCommands.Inspect(root),
            new VmCommands.Report(root),
            new VmCommands.Logs(root),
            new ShellCommand(root),
            new ScreenshotCommand(root),
            new DesktopCommands.Open(root, screen()),
            new VncCommand(root),
            new DesktopCommands.Views(root),
            new VmCommands.Remove(root),
            new SnapshotCommands.Pause(root),
            new SnapshotCommands.Resume(root),
            new SweepCommand(root),
            new EventsCommand(root))) {
      line.addSubcommand(command);
    }
    line.addSubcommand(ExecCommand.commandLine(root));
    line.addSubcommand(ImageCommands.commandLine(root));
    line.addSubcommand(ReleaseCommands.commandLine(root));
    line.addSubcommand(SnapshotCommands.commandLine(root));
    more.forEach(command -> line.addSubcommand(command.apply(root)));

    // A word like @list is what it says, and no file of further words.
    line.setExpandAtFiles(false);
    line.setOut(new java.io.PrintWriter(out, true));
    line.setErr(new java.io.PrintWriter(err, true));
    line.setExecutionExceptionHandler((exception, command, parsed) -> {
      root.err().println("visco: " + exception.getMessage());
      return switch (exception) {
        case ApiException api -> api.exitCode();
        case Refused refused -> ExitCode.REFUSED;
        default -> ExitCode.FAILED;
      };
    });
    return line;
  }

  private static DesktopCommands.Screen screen() {
    return new DesktopCommands.Screen(
        System.getenv(),
        System.console() != null && System.console().isTerminal(),
        new LinuxHost(),
        Path.of(System.getProperty("java.io.tmpdir")));
  }

  /** The flags that were given, by setting. */
  public Map<String, String> flags() {
    var flags = new TreeMap<>(settings);
    if (data != null) {
      flags.put("data", data);
    }
    if (listen != null) {
      flags.put("listen", listen);
    }
    return flags;
  }

  /** For text: nothing that a terminal obeys passes, whoever wrote the text. */
  public PrintStream out() {
    return out;
  }

  /** The same for what is no result. */
  public PrintStream err() {
    return err;
  }

  /** Standard output for bytes that are passed on as they are: a command's, a picture's. */
  PrintStream rawOut() {
    return raw;
  }

  /** For what a guest printed: as it is for programs, and as text on a terminal. */
  PrintStream console() {
    return isTerminal ? out : raw;
  }

  /** Standard error for bytes that are passed on as they are. */
  PrintStream rawErr() {
    return rawErr;
  }

  ApiClient api() {
    return new ApiClient(address.apply(flags()));
  }
}
