package dev.visco.app;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.cli.CommandContext;
import dev.visco.cli.CommandExitCode;
import dev.visco.cli.CreateCommand;
import dev.visco.cli.DaemonClient;
import dev.visco.cli.ImageCommands;
import dev.visco.cli.JsonOption;
import dev.visco.cli.ProgressPrinter;
import dev.visco.cli.VmOutcome;
import dev.visco.host.Host;
import dev.visco.settings.Settings;
import dev.visco.wire.CreateRequest;
import dev.visco.wire.Json;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco up}: sets up a bare host and creates one verified VM. */
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    description = {
      "Sets up this host, starts the daemon (the service where the package has installed it), and",
      "creates one verified VM on a host that has none. Safe to run again."
    },
    footer = {"", "Example: visco up"})
final class UpCommand implements Callable<Integer> {
  private static final String TYPE = "cli";
  private static final String USER = "operator";
  private final CommandContext context;
  private final Program program;

  @Option(names = "--no-vm", description = "creates no VM")
  private boolean noVm;

  @Mixin private final JsonOption json = new JsonOption();

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
        context.err().println("visco: " + serving(settings));
        return tell(settings, null);
      }
      List<JsonNode> there = vms(api);
      if (!there.isEmpty() && there.stream().noneMatch(UpCommand::isExample)) {
        progress.close();
        context
            .err()
            .println(
                "visco: "
                    + serving(settings)
                    + " and has "
                    + (there.size() == 1 ? "1 VM" : there.size() + " VMs"));
        return tell(settings, null);
      }
      JsonNode example =
          there.stream().filter(UpCommand::isExample).findFirst().orElseGet(() -> create(api));
      JsonNode vm = CreateCommand.await(api, example, progress);
      progress.close();
      return tell(api, vm, settings);
    }
  }

  private static String serving(Settings settings) {
    return "the daemon serves on " + settings.listenHost() + ":" + Program.port(settings);
  }

  private static void ensureImage(DaemonClient api, ProgressPrinter progress) {
    for (JsonNode image : api.json("GET", "/api/images", null)) {
      if (image.path("manifest").path("name").asString().equals(TYPE)) {
        return;
      }
    }
    ImageCommands.build(api, TYPE, progress);
  }

  /** All that there are, the newest first, but for those that never worked. */
  private static List<JsonNode> vms(DaemonClient api) {
    var found = new ArrayList<JsonNode>();
    for (JsonNode vm : api.list("/api/vms")) {
      if (!Set.of("failed", "destroying", "destroyed").contains(vm.path("state").asString())) {
        found.add(vm);
      }
    }
    return found;
  }

  /** One that this command has made, or would have made, and that runs or is about to. */
  private static boolean isExample(JsonNode vm) {
    return vm.path("userId").asString().equals(USER)
        && vm.path("vmType").asString().equals(TYPE)
        && Set.of("ready", "creating").contains(vm.path("state").asString());
  }

  private static JsonNode create(DaemonClient api) {
    return api.json("POST", "/api/vms", CreateRequest.of(USER, TYPE).build());
  }

  /**
   * What there is now.
   *
   * @param address at which the daemon's API is
   * @param vm the example, as it is now; left out when none was asked for or needed
   * @param shell the command that opens a terminal in it, as exec runs one
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record UpDocument(
      String address,
      String data,
      @Nullable JsonNode vm,
      @Nullable String shell,
      @Nullable String exec) {}

  private int tell(Settings settings, @Nullable JsonNode vm) {
    if (json.isSet()) {
      String id = vm == null ? null : vm.path("vmId").asString();
      context
          .out()
          .println(
              Json.line(
                  new UpDocument(
                      settings.listenHost() + ":" + Program.port(settings),
                      settings.data().toString(),
                      vm,
                      id == null ? null : "visco shell " + id,
                      id == null ? null : "visco exec " + id + " COMMAND")));
    }
    return CommandExitCode.OK;
  }

  private int tell(DaemonClient api, JsonNode vm, Settings settings) {
    String id = vm.path("vmId").asString();
    Path console = settings.data().resolve("vms").resolve(id).resolve("console.log");
    PrintStream table = json.isSet() ? context.err() : context.out();
    int code = VmOutcome.tell(api, vm, !json.isSet(), console.toString(), table, context.err());
    if (json.isSet()) {
      tell(settings, vm);
    }
    if (code != CommandExitCode.OK || json.isSet()) {
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
