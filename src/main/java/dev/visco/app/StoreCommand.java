package dev.visco.app;

import dev.visco.cli.CommandContext;
import dev.visco.cli.CommandExitCode;
import dev.visco.cli.JsonOption;
import dev.visco.settings.Settings;
import dev.visco.store.Store;
import dev.visco.wire.Json;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code visco store}: maintenance of the store while no daemon runs. */
@Command(
    name = "store",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description =
        "Repairs the daemon's store (VMs, slots, snapshots, releases) while no daemon runs.",
    footer = {"", "Example: visco store rebuild"})
final class StoreCommand {
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
