package dev.visco.cli;

import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco inspect}. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    description = "Shows all fields of VMs as JSON: an object for one VM, an array for several.",
    footer = {
      "",
      "Examples: visco inspect vm-12",
      "          visco inspect -f '{{.Address}}' vm-12 vm-34"
    })
final class VmInspectCommand implements Callable<Integer> {
  private final CommandContext context;

  @Mixin private final VmParameters targets = new VmParameters();

  @Mixin private final JsonOption json = new JsonOption();

  @Option(
      names = {"-f", "--format"},
      paramLabel = "TEMPLATE",
      description = "prints a line for each VM, like '{{.State}} {{.Address}}', instead of JSON")
  private @Nullable String template;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "json or yaml")
  private String form = "json";

  VmInspectCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    LineTemplate line =
        template == null ? null : new LineTemplate(template, vm -> Tables.text(vm, "vmId"));
    if (!form.equals("json") && !form.equals("yaml")) {
      throw Refused.invalid("--output", form, "is no form", "Give json or yaml.");
    }
    var found = new ArrayList<JsonNode>();
    int code =
        EachVm.of(
            context,
            targets.names(),
            json.isSet(),
            (api, id) -> {
              found.add(api.json("GET", "/api/vms/" + id, null));
              return CommandExitCode.OK;
            });
    if (line != null) {
      found.forEach(vm -> context.out().println(line.fill(vm)));
    } else if (!found.isEmpty()) {
      context.out().print(document(found));
    }
    context.out().flush();
    return code;
  }

  private String document(List<JsonNode> found) {
    Object shown = targets.names().size() == 1 ? found.getFirst() : found;
    if (form.equals("yaml")) {
      return YamlText.of(Json.mapper().valueToTree(shown));
    }
    return json.isSet() ? Json.line(shown) + "\n" : Json.pretty(shown);
  }
}
