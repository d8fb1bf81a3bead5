package dev.visco.cli;

import dev.visco.wire.Json;
import dev.visco.wire.VmChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco rename} and {@code visco label}. */
final class MetadataCommands {
  private MetadataCommands() {}

  /** {@code visco rename}. */
  @Command(
      name = "rename",
      mixinStandardHelpOptions = true,
      description = {
        "Gives a VM another name, or with an empty one takes its name away. Its guest is called so",
        "once it boots again."
      },
      footer = {"", "Example: visco rename vm-12 web"})
  static final class RenameCommand implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final VmParameter target = new VmParameter();

    @Parameters(
        index = "1",
        paramLabel = "NAME",
        description = "1 to 63 lower-case letters, digits and hyphens; unique among your VMs")
    private String name = "";

    @Mixin private final JsonOption json = new JsonOption();

    RenameCommand(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      String id = target.id(api);
      JsonNode vm = api.json("PATCH", "/api/vms/" + id, VmChange.ofMetadata(name, null));
      context.out().println(json.isSet() ? Json.line(vm) : id);
      return CommandExitCode.OK;
    }
  }

  /** {@code visco label}. */
  @Command(
      name = "label",
      mixinStandardHelpOptions = true,
      description = "Sets and takes away labels of a VM; without any, prints those that it has.",
      footer = {"", "Example: visco label vm-12 team=red gpu old-"})
  static final class LabelCommand implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final VmParameter target = new VmParameter();

    @Parameters(
        index = "1..*",
        arity = "0..*",
        paramLabel = "KEY=VALUE|KEY|KEY-",
        description = "a label with a value, one without, or one to take away")
    private List<String> labels = new ArrayList<>();

    @Mixin private final JsonOption json = new JsonOption();

    LabelCommand(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      String route = "/api/vms/" + target.id(api);
      Map<String, @Nullable String> changes = LabelOption.changes(labels);
      JsonNode vm =
          changes == null
              ? api.json("GET", route, null)
              : api.json("PATCH", route, VmChange.ofMetadata(null, changes));
      if (json.isSet()) {
        context.out().println(Json.line(vm));
      } else {
        Tables.labels(vm).forEach(context.out()::println);
      }
      return CommandExitCode.OK;
    }
  }
}
