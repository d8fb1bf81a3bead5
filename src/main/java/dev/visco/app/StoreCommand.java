package dev.visco.app;

import dev.visco.cli.CommandContext;
import dev.visco.cli.CommandExitCode;
import dev.visco.cli.JsonOption;
import dev.visco.settings.Settings;
import dev.visco.store.Store;
import dev.visco.wire.Json;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code visco store}: maintenance of the store while no daemon runs. */
@Command(
    name = "store",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description =
        "Repairs the daemon's store (VMs, slots, snapshots, releases) while no daemon runs.",
    footer = {"", "Example: visco store rebuild"})
final class StoreCommand {
  private StoreCommand() {}

  static CommandLine commandLine(CommandContext context, Program program) {
    return new CommandLine(new StoreCommand())
        .addSubcommand(new Rebuild(context, program))
        .addSubcommand(new Restore(context, program));
  }

  /** {@code visco store rebuild}. */
  @Command(
      name = "rebuild",
      mixinStandardHelpOptions = true,
      description = {
        "Rebuilds a damaged or lost store from its newest good copy and the VMs' folders.",
        "A good store is not changed, a damaged one is kept in damaged/. VMs keep running."
      },
      footer = {
        "",
        "Exit codes: 0 rebuilt or good, 1 some VMs could not be recovered, 3 refused",
        "(a daemon runs).",
        "Example: visco store rebuild"
      })
  static final class Rebuild implements Callable<Integer> {
    private final CommandContext context;
    private final Program program;

    @Mixin private final JsonOption json = new JsonOption();

    Rebuild(CommandContext context, Program program) {
      this.context = context;
      this.program = program;
    }

    @Override
    public Integer call() {
      HostChecks.requireRoot("store rebuild");
      Settings settings = program.settings(context.flags());
      DaemonRights.closeNewFiles();
      HostChecks.loadNativeLibraries(settings.data());
      Store.Rebuilt rebuilt = Store.rebuild(settings.data());
      if (json.isSet()) {
        context.out().println(Json.line(rebuilt));
      } else {
        context.out().print(text(rebuilt));
      }
      return rebuilt.unreadable().isEmpty() && rebuilt.unknown().isEmpty()
          ? CommandExitCode.OK
          : CommandExitCode.FAILED;
    }
  }

  /** {@code visco store restore}. */
  @Command(
      name = "restore",
      mixinStandardHelpOptions = true,
      description = {
        "Replaces the store by a copy of it, while no daemon runs. The store that was there is kept",
        "in damaged/. What is newer in the VMs' folders is taken, where this version reads it; VMs",
        "that only the newer store knew are put aside with their disks at the next start."
      },
      footer = {
        "",
        "Exit codes: 0 restored, 3 refused (a daemon runs, or the copy is of no use).",
        "Example: visco store restore /var/lib/visco/copies/visco-20260102T030405006Z.db"
      })
  static final class Restore implements Callable<Integer> {
    private final CommandContext context;
    private final Program program;

    @Parameters(paramLabel = "COPY", description = "in copies/ or upgrades/ of the data folder")
    private Path copy = Path.of("");

    @Mixin private final JsonOption json = new JsonOption();

    Restore(CommandContext context, Program program) {
      this.context = context;
      this.program = program;
    }

    @Override
    public Integer call() {
      HostChecks.requireRoot("store restore");
      Settings settings = program.settings(context.flags());
      DaemonRights.closeNewFiles();
      HostChecks.loadNativeLibraries(settings.data());
      Store.PutBack result =
          Store.putBack(
              settings.data(),
              copy,
              "The store was restored from the copy " + copy + ".",
              InstantSource.system().instant());
      if (json.isSet()) {
        context.out().println(Json.line(result));
      } else {
        result.findings().forEach(context.out()::println);
        if (result.replaced() != null) {
          context.out().println("The store that was there is " + result.replaced() + ".");
        }
      }
      return CommandExitCode.OK;
    }
  }

  static String text(Store.Rebuilt rebuilt) {
    var text = new StringBuilder();
    if (rebuilt.wasGood()) {
      text.append("The store is in order; it was left as it is.\n");
    } else {
      text.append(
          "The store was made anew from %s: %d VMs, %d slots in use, %d snapshots.%n"
              .formatted(
                  rebuilt.copy() == null
                      ? "the VMs' folders alone"
                      : "the copy " + rebuilt.copy() + " and the VMs' folders",
                  rebuilt.vms().size(),
                  rebuilt.slots(),
                  rebuilt.snapshots().size()));
    }
    tell(
        text,
        "As old as the copy, since their folders have no readable rows: ",
        rebuilt.unreadable());
    tell(
        text,
        "Not made out, the next start puts their folders aside (vms/.lost): ",
        rebuilt.unknown());
    return text.toString();
  }

  private static void tell(StringBuilder text, String what, List<String> vms) {
    if (!vms.isEmpty()) {
      text.append(what).append(String.join(", ", vms)).append('\n');
    }
  }
}
