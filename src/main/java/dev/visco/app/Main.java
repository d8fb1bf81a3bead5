package dev.visco.app;

import dev.visco.cli.CommandEntry;
import dev.visco.cli.ContextCommands;
import dev.visco.cli.ProgressPrinter;
import dev.visco.cli.Visco;
import dev.visco.compatible.Compatible;
import dev.visco.model.Refused;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The program: the command line, and the commands that set up a host. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws InterruptedException {
    // Programs read Visco's output: the format of numbers and upper case must not depend on the
    // locale.
    Locale.setDefault(Locale.ROOT);
    // Before anything else is loaded: its callers wait for its socket.
    if (arguments.length > 0 && arguments[0].equals("firecracker-compatible")) {
      Compatible.main(Arrays.copyOfRange(arguments, 1, arguments.length));
    }
    System.exit(run(arguments));
  }

  private static int run(String[] arguments) {
    try {
      ArgumentCheck.requireText(arguments);
    } catch (Refused e) {
      System.err.println("visco: " + e.getMessage());
      return Visco.usage(line(arguments), arguments);
    }
    return line(arguments).execute(arguments);
  }

  private static CommandLine line(String[] arguments) {
    return commandLine(Program.here(), arguments.length == 0 ? "" : arguments[0]);
  }

  static CommandLine commandLine(Program program) {
    return commandLine(program, "");
  }

  /**
   * @param first the first word that was typed, whose command is made alone
   */
  static CommandLine commandLine(Program program, String first) {
    return commandLine(
        program,
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8),
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
        first);
  }

  static CommandLine commandLine(Program program, PrintStream out, PrintStream err, String first) {
    CommandLine line =
        Visco.commandLine(
            program::client,
            out,
            err,
            List.of(
                new CommandEntry(context -> new UpCommand(context, program), "up"),
                new CommandEntry(context -> new DownCommand(context, program), "down"),
                new CommandEntry(context -> StoreCommand.commandLine(context, program), "store"),
                new CommandEntry(context -> new BackupCommand(context, program), "backup"),
                new CommandEntry(context -> new RestoreCommand(context, program), "restore"),
                new CommandEntry(context -> new UpgradeCommand(context, program), "upgrade"),
                new CommandEntry(context -> DaemonCommand.commandLine(context, program), "daemon"),
                new CommandEntry(context -> new PackagesCommand(program), "packages"),
                new CommandEntry(context -> new CompatibleCommand(), "firecracker-compatible"),
                new CommandEntry(context -> ConfigCommand.commandLine(context, program), "config"),
                new CommandEntry(context -> new DoctorCommand(context, program), "doctor"),
                new CommandEntry(
                    context -> ContextCommands.commandLine(context, program.contexts()), "context"),
                new CommandEntry(
                    context -> new CompletionCommand(context, () -> commandLine(program)),
                    "completion"),
                new CommandEntry(
                    context -> new ManualCommand(() -> commandLine(program)), "manual"),
                new CommandEntry(context -> new TrainCommand(program), "train")),
            first);
    line.getSubcommands().values().stream()
        .filter(command -> Set.of("up", "down", "daemon").contains(command.getCommandName()))
        .forEach(SettingsHelp::addTo);
    return line;
  }

  /** The help of what {@link #main} handles before the command line exists. */
  @Command(
      name = "firecracker-compatible",
      mixinStandardHelpOptions = true,
      description = "Serves Firecracker's API on a unix socket, without KVM.",
      footer = {
        "",
        "Example: visco firecracker-compatible --api-sock /tmp/api.sock",
        "See docs/firecracker-compatible.md."
      })
  static final class CompatibleCommand implements Callable<Integer> {
    @Override
    public Integer call() throws InterruptedException {
      Compatible.main(new String[0]);
      return 0;
    }
  }

  /** {@code visco packages}: for the launcher. */
  @Command(
      name = "packages",
      mixinStandardHelpOptions = true,
      hidden = true,
      description = "Installs the host's packages.")
  static final class PackagesCommand implements Callable<Integer> {
    private final Program program;

    @Option(names = "--for-tests", description = "also those that the tests need")
    private boolean forTests;

    PackagesCommand(Program program) {
      this.program = program;
    }

    @Override
    public Integer call() {
      HostChecks.requireRoot("packages");
      var packages = new HostPackages(program.host());
      try (var progress = ProgressPrinter.onError()) {
        packages.install(HostPackages.TO_RUN, progress);
        if (forTests) {
          packages.install(HostPackages.TO_TEST, progress);
        }
      }
      return 0;
    }
  }
}
