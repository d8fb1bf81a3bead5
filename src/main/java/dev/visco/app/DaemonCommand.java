package dev.visco.app;

import dev.visco.cli.CommandContext;
import dev.visco.cli.CommandExitCode;
import dev.visco.cli.JsonOption;
import dev.visco.cli.ProgressPrinter;
import dev.visco.host.CLibrary;
import dev.visco.host.ProcessRef;
import dev.visco.host.ServiceManager;
import dev.visco.settings.Settings;
import dev.visco.store.Store;
import dev.visco.wire.Json;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** {@code visco daemon}: in the foreground, for service managers; and what is done to one. */
@Command(
    name = "daemon",
    mixinStandardHelpOptions = true,
    description = {
      "Without a subcommand: runs the daemon in the foreground, for a service manager.",
      "stop, restart and status are for the one that runs; VMs go on running through all of them."
    },
    footer = {"", "Example: visco daemon status"})
final class DaemonCommand implements Callable<Integer> {
  /** What is done to a daemon by a process that is none. */
  static final Set<String> ABOUT = Set.of("status", "stop", "restart");

  private final CommandContext context;
  private final Program program;

  private DaemonCommand(CommandContext context, Program program) {
    this.context = context;
    this.program = program;
  }

  /** The command with its subcommands. */
  static CommandLine commandLine(CommandContext context, Program program) {
    return new CommandLine(new DaemonCommand(context, program))
        .addSubcommand(new DaemonStatus(context, program))
        .addSubcommand(new DaemonStop(context, program))
        .addSubcommand(new DaemonRestart(context, program));
  }

  @Override
  public Integer call() throws InterruptedException {
    HostChecks.requireRoot("daemon");
    DaemonRights.settle(program.host());
    Settings settings = program.settings(context.flags());
    HostChecks.beforeServing(settings.data(), program.host());
    CLibrary.forbidCores();
    var manager = ServiceManager.of(program.environment(), ProcessHandle.current().pid());
    try (Daemon daemon = Daemon.open(settings, program.host())) {
      daemon.endWhenTold();
      daemon.serve(manager);
    }
    return CommandExitCode.OK;
  }

  /** {@code visco daemon status}. */
  @Command(
      name = "status",
      mixinStandardHelpOptions = true,
      description = "Tells whether the daemon runs and serves, and since when.",
      footer = {
        "",
        "Exit codes: 0 it serves, 1 it runs and does not serve (yet), 3 it does not run.",
        "Example: visco daemon status --json"
      })
  static final class DaemonStatus implements Callable<Integer> {
    private static final int NOT_RUNNING = 3; // As of systemctl(1) and LSB init scripts.

    private final CommandContext context;
    private final Program program;

    @Mixin private final JsonOption json = new JsonOption();

    DaemonStatus(CommandContext context, Program program) {
      this.context = context;
      this.program = program;
    }

    /**
     * For programs.
     *
     * @param status {@code running}, {@code starting}, {@code stalled}, {@code silent} (it does not
     *     answer at its address) or {@code stopped}
     * @param build null when it does not answer
     * @param service the unit that starts it; null where it is no service
     * @param startsWithHost whether that unit is enabled
     */
    record StatusDocument(
        String status,
        @Nullable Long pid,
        @Nullable Long uptimeSeconds,
        @Nullable String build,
        String address,
        String data,
        @Nullable String service,
        boolean startsWithHost) {}

    @Override
    public Integer call() {
      Settings settings = program.settings(context.flags());
      StatusDocument now = document(settings);
      context.out().println(json.isSet() ? Json.line(now) : text(now));
      return switch (now.status()) {
        case "running" -> CommandExitCode.OK;
        case "stopped" -> NOT_RUNNING;
        default -> CommandExitCode.FAILED;
      };
    }

    private StatusDocument document(Settings settings) {
      Optional<SystemdUnit> unit =
          SystemdUnit.installed(program.host(), program.home())
              .filter(_ -> SystemdUnit.settings(program).data().equals(settings.data()));
      var process = new DaemonProcess(program, settings, program.host());
      Optional<ProcessRef> daemon = process.process();
      JsonNode health = daemon.map(one -> process.status(one).health()).orElse(null);
      return new StatusDocument(
          daemon.isEmpty() ? "stopped" : word(health),
          daemon.map(ProcessRef::pid).orElse(null),
          health == null ? null : health.path("uptimeSeconds").asLong(),
          health == null ? null : health.path("build").asString(),
          settings.listenHost() + ":" + Program.port(settings),
          settings.data().toString(),
          unit.isPresent() ? SystemdUnit.NAME : null,
          unit.filter(SystemdUnit::isEnabled).isPresent());
    }

    private static String word(@Nullable JsonNode health) {
      if (health == null) {
        return "silent";
      }
      String status = health.path("status").asString();
      return status.equals("ok") ? "running" : status;
    }

    private static String text(StatusDocument now) {
      String first =
          switch (now.status()) {
            case "stopped" -> "stopped: no daemon uses " + now.data();
            case "silent" ->
                "process " + now.pid() + " runs and does not answer at " + now.address();
            default ->
                now.status()
                    + ": process "
                    + now.pid()
                    + " since "
                    + now.uptimeSeconds()
                    + " s, on "
                    + now.address()
                    + ", data in "
                    + now.data();
          };
      return now.service() == null
          ? first
          : first
              + "\nservice "
              + now.service()
              + (now.startsWithHost()
                  ? ", starts with the host"
                  : ", does not start with the host");
    }
  }

  /** {@code visco daemon stop}. */
  @Command(
      name = "stop",
      mixinStandardHelpOptions = true,
      description = "Stops the daemon. VMs go on running; the next daemon finds them.",
      footer = {"", "Example: visco daemon stop"})
  static final class DaemonStop implements Callable<Integer> {
    private final CommandContext context;
    private final Program program;

    @Mixin private final JsonOption json = new JsonOption();

    DaemonStop(CommandContext context, Program program) {
      this.context = context;
      this.program = program;
    }

    /**
     * What was done.
     *
     * @param stopped whether a daemon ran
     */
    record StoppedDocument(String data, boolean stopped) {}

    @Override
    public Integer call() {
      HostChecks.requireRoot("daemon stop");
      Settings settings = program.settings(context.flags());
      boolean ran = new DaemonProcess(program, settings, program.host()).stop();
      context
          .err()
          .println(
              ran
                  ? "visco: the daemon has ended; VMs go on running"
                  : "visco: no daemon uses " + settings.data());
      if (json.isSet()) {
        context.out().println(Json.line(new StoppedDocument(settings.data().toString(), ran)));
      }
      return CommandExitCode.OK;
    }
  }

  /** {@code visco daemon restart}. */
  @Command(
      name = "restart",
      mixinStandardHelpOptions = true,
      description = {
        "Stops the daemon and starts one of this build, with the settings of this command; starts",
        "one where none runs. VMs go on running."
      },
      footer = {"", "Example: visco daemon restart"})
  static final class DaemonRestart implements Callable<Integer> {
    private final CommandContext context;
    private final Program program;

    @Mixin private final JsonOption json = new JsonOption();

    DaemonRestart(CommandContext context, Program program) {
      this.context = context;
      this.program = program;
    }

    /**
     * The daemon that serves now.
     *
     * @param address at which its API is
     */
    record RunningDocument(String data, String address, @Nullable Long pid) {}

    @Override
    public Integer call() {
      HostChecks.requireRoot("daemon restart");
      Settings settings = program.settings(context.flags());
      try (var progress = ProgressPrinter.onError();
          var lock = UpLock.take(settings.data(), progress)) {
        HostChecks.requireReachable(settings.data(), program.host());
        var process = new DaemonProcess(program, settings, program.host());
        process.stop();
        process.ensure(context.flags(), progress);
      }
      String address = settings.listenHost() + ":" + Program.port(settings);
      Long pid = Store.holder(settings.data()).map(ProcessRef::pid).orElse(null);
      context
          .err()
          .println(
              "visco: the daemon serves on " + address + (pid == null ? "" : " as process " + pid));
      if (json.isSet()) {
        context
            .out()
            .println(Json.line(new RunningDocument(settings.data().toString(), address, pid)));
      }
      return CommandExitCode.OK;
    }
  }
}
