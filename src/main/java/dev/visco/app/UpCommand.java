package dev.visco.app;

import dev.visco.cli.CommandContext;
import dev.visco.cli.CommandExitCode;
import dev.visco.cli.CreateCommand;
import dev.visco.cli.DaemonClient;
import dev.visco.cli.ImageCommands;
import dev.visco.cli.ProgressPrinter;
import dev.visco.cli.VmOutcome;
import dev.visco.host.Host;
import dev.visco.settings.Settings;
import dev.visco.wire.CreateRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco up}: sets up a bare host and creates one verified VM. */
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    description =
        "Sets up this host, starts the daemon and creates one verified VM. Safe to run again.",
    footer = {"", "Example: visco up"})
final class UpCommand implements Callable<Integer> {
  private static final String TYPE = "cli";
  private static final String USER = "operator";
  private final CommandContext context;
  private final Program program;

  @Option(names = "--no-vm", description = "creates no VM")
  private boolean noVm;

  UpCommand(CommandContext context, Program program) {
    this.context = context;
    this.program = program;
  }

  @Override
  public Integer call() {
    HostChecks.requireRoot("up");
    Settings settings = program.settings(context.flags());
    Host host = program.host();
    try (var progress = ProgressPrinter.onError();
        var lock = UpLock.take(settings.data(), progress)) {
      new HostPackages(host).install(HostPackages.TO_RUN, progress);
      HostChecks.requireReachable(settings.data(), host);
      new DaemonProcess(program, settings, host).ensure(context.flags(), progress);
      var api = new DaemonClient(program.address(context.flags()));
      ensureImage(api, progress);
      if (noVm) {
        progress.close();
        context
            .err()
            .println(
                "visco: the daemon serves on "
                    + settings.listenHost()
                    + ":"
                    + Program.port(settings));
        return CommandExitCode.OK;
      }
      JsonNode vm = CreateCommand.await(api, ensureVm(api), progress);
      progress.close();
      return tell(api, vm, settings);
    }
  }

  private static void ensureImage(DaemonClient api, ProgressPrinter progress) {
    for (JsonNode image : api.json("GET", "/api/images", null)) {
      if (image.path("manifest").path("name").asString().equals(TYPE)) {
        return;
      }
    }
    ImageCommands.build(api, TYPE, progress);
  }

  /** The operator's newest VM of the type that is ready or being created, or a new one. */
  private static JsonNode ensureVm(DaemonClient api) {
    for (JsonNode vm : api.json("GET", "/api/vms?user=" + USER, null)) {
      String state = vm.path("state").asString();
      if (vm.path("vmType").asString().equals(TYPE)
          && (state.equals("ready") || state.equals("creating"))) {
        return vm;
      }
    }
    return api.json(
        "POST", "/api/vms", new CreateRequest(USER, TYPE, null, null, null, null, List.of(), null));
  }

  private int tell(DaemonClient api, JsonNode vm, Settings settings) {
    String id = vm.path("vmId").asString();
    Path console = settings.data().resolve("vms").resolve(id).resolve("console.log");
    int code = VmOutcome.tell(api, vm, true, console.toString(), context.out(), context.err());
    if (code != CommandExitCode.OK) {
      return code;
    }
    context
        .out()
        .print(
            """

            %s is ready at %s. Next:
              ./visco shell %s                 a terminal in it
              ./visco exec %s uname -r         a command in it
              ./visco create --transport pci   another VM
              ./visco ps                       all VMs
              ./visco down                     end everything
            """
                .formatted(id, vm.path("address").asString(), id, id));
    return CommandExitCode.OK;
  }
}
