package dev.visco.cli;

import dev.visco.model.Sizes;
import dev.visco.wire.Json;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco ps}, {@code inspect}, {@code boots}, {@code report}, {@code logs}, {@code rm}. */
final class VmCommands {
  private VmCommands() {}

  /** {@code visco ps}. */
  @Command(
      name = "ps",
      mixinStandardHelpOptions = true,
      description = "Lists VMs.",
      footer = {"", "Example: visco ps --all"})
  static final class VmList extends ListCommand {
    @Option(names = "--all", description = "also lists destroyed VMs")
    private boolean all;

    VmList(CommandContext context) {
      super(context);
    }

    @Override
    String route() {
      return "/api/vms" + (all ? "?all=true" : "");
    }

    @Override
    List<String> heading() {
      return List.of(
          "VM",
          "TYPE",
          "USER",
          "STATE",
          "ADDRESS",
          "TRANSPORT",
          "VMM",
          "PID",
          "DISK",
          "CREATED",
          "ENDS");
    }

    @Override
    List<String> row(JsonNode vm) {
      return List.of(
          Tables.text(vm, "vmId"),
          Tables.text(vm, "vmType"),
          Tables.text(vm, "userId"),
          state(vm),
          Tables.text(vm, "address"),
          Tables.text(vm, "transport"),
          Tables.text(vm, vm.has("vmm") ? "vmm" : "release"),
          Tables.text(vm, "pid"),
          vm.has("diskMib") ? Sizes.text(vm.path("diskMib").asLong()) : "-",
          Tables.text(vm, "created"),
          vm.has("expires") ? vm.path("expires").asString() : "never");
    }
  }

  /** A VM that stands still though nobody paused it has a reason: the disk is full, or fails. */
  private static String state(JsonNode vm) {
    String state = Tables.text(vm, "state");
    return state.equals("paused") && vm.has("failure") ? "paused (disk)" : state;
  }

  /** {@code visco inspect}. */
  @Command(
      name = "inspect",
      mixinStandardHelpOptions = true,
      description = "Shows all fields of a VM.",
      footer = {"", "Example: visco inspect vm-12"})
  static final class VmInspect implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final VmParameter target = new VmParameter();

    @Mixin private final JsonOption json = new JsonOption();

    VmInspect(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      JsonNode vm = api.json("GET", "/api/vms/" + target.id(api), null);
      if (json.isSet()) {
        context.out().println(Json.line(vm));
      } else {
        var rows = new ArrayList<List<String>>();
        vm.properties()
            .forEach(field ->
                rows.add(
                    List.of(
                        field.getKey(),
                        field.getValue().isValueNode()
                            ? field.getValue().asString()
                            : field.getValue().toString())));
        context.out().print(Tables.columns(rows));
      }
      return CommandExitCode.OK;
    }
  }

  /** The option {@code --boot} of commands that show what a boot left. */
  static final class BootOption {
    @Option(
        names = "--boot",
        paramLabel = "N",
        description = "of an earlier boot, by its number in visco boots (the present one)")
    private @Nullable Integer boot;

    /** Whether an earlier boot is asked for. */
    boolean isSet() {
      return boot != null;
    }

    /** Its path in the API. */
    String route(String vm) {
      return "/api/vms/" + vm + "/boots/" + boot;
    }
  }

  /** {@code visco boots}. */
  @Command(
      name = "boots",
      mixinStandardHelpOptions = true,
      description = "Lists a VM's earlier boots whose evidence is kept, the latest first.",
      footer = {"", "Example: visco boots vm-12"})
  static final class VmBoots extends ListCommand {
    private final CommandContext context;

    @Mixin private final VmParameter target = new VmParameter();

    VmBoots(CommandContext context) {
      super(context);
      this.context = context;
    }

    @Override
    String route() {
      return "/api/vms/" + target.id(context.api()) + "/boots";
    }

    @Override
    List<String> heading() {
      return List.of("BOOT", "ENDED", "CRITERIA", "CAUSE");
    }

    @Override
    List<String> row(JsonNode boot) {
      return List.of(
          Tables.text(boot, "boot"),
          Tables.text(boot, "ended"),
          !boot.has("met") ? "-" : boot.path("met").asBoolean() ? "met" : "not met",
          Tables.text(boot, "cause"));
    }
  }

  /** {@code visco report}. */
  @Command(
      name = "report",
      mixinStandardHelpOptions = true,
      description = "Shows the criteria of a VM, their evidence and the timeline of its boot.",
      footer = {"", "Examples: visco report vm-12", "          visco report vm-12 --boot 3"})
  static final class VmReport implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final VmParameter target = new VmParameter();

    @Mixin private final BootOption boot = new BootOption();

    @Mixin private final JsonOption json = new JsonOption();

    VmReport(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      String id = target.id(api);
      JsonNode report =
          boot.isSet()
              ? api.json("GET", boot.route(id), null).path("report")
              : api.json("GET", "/api/vms/" + id + "/report", null);
      if (report.isMissingNode()) {
        throw new ApiException(
            "That boot of " + id + " has no report: it was never verified.",
            CommandExitCode.NOT_FOUND);
      }
      context.out().print(json.isSet() ? Json.line(report) + "\n" : Tables.report(report));
      return report.path("met").asBoolean() ? CommandExitCode.OK : CommandExitCode.FAILED;
    }
  }

  /** {@code visco logs}. */
  @Command(
      name = "logs",
      mixinStandardHelpOptions = true,
      description = "Shows a VM's console.",
      footer = {"", "Examples: visco logs -f vm-12", "          visco logs vm-12 --boot 3"})
  static final class VmLogs implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final VmParameter target = new VmParameter();

    @Mixin private final BootOption boot = new BootOption();

    @Option(
        names = {"-f", "--follow"},
        description = "keeps printing new output until the VM ends")
    private boolean follow;

    @Option(names = "--json", description = "prints one JSON object with the console's text")
    private boolean json;

    @Option(
        names = "--raw",
        description =
            "prints the guest's bytes unchanged: a terminal then obeys their control sequences")
    private boolean raw;

    VmLogs(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      String id = target.id(api);
      String of = boot.isSet() ? boot.route(id) : "/api/vms/" + id;
      boolean follows = follow && !json && !boot.isSet(); // What has ended grows no more.
      String path = of + "/console" + (follows ? "?follow=true" : "");
      api.stream(
          "GET",
          path,
          null,
          in -> {
            if (json) {
              context
                  .out()
                  .println(
                      Json.line(
                          java.util.Map.of(
                              "console",
                              new String(
                                  in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))));
            } else {
              PrintStream to = raw ? context.rawOut() : context.console();
              in.transferTo(to);
              to.flush();
            }
          });
      return CommandExitCode.OK;
    }
  }

  /** {@code visco rm}. */
  @Command(
      name = "rm",
      mixinStandardHelpOptions = true,
      description = "Destroys VMs with their disks and snapshots.",
      footer = {"", "Example: visco rm vm-12 vm-34"})
  static final class VmRemove implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(
        paramLabel = "VM",
        arity = "1..*",
        description =
            "ids or unique prefixes of ids; if one cannot be destroyed, the others still are")
    private List<String> names = new ArrayList<>();

    @Option(names = "--no-wait", description = "returns as soon as the request is recorded")
    private boolean noWait;

    @Option(names = "--json", description = "prints one JSON array, with an object for each VM")
    private boolean json;

    VmRemove(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      String query = noWait ? "" : "?wait=destroyed";
      return Removals.removeEach(
          context,
          names,
          json,
          name -> api.json("DELETE", "/api/vms/" + VmNames.whole(api, name) + query, null),
          vm -> vm.path("vmId").asString());
    }
  }
}
