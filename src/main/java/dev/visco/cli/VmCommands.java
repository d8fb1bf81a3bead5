package dev.visco.cli;

import dev.visco.wire.Json;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco boots} and {@code visco report}. */
final class VmCommands {
  private VmCommands() {}

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
          age(boot, "ended"),
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
}
