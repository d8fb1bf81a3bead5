package dev.visco.cli;

import dev.visco.wire.Json;
import dev.visco.wire.VmChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco update}. */
@Command(
    name = "update",
    mixinStandardHelpOptions = true,
    description = {
      "Gives VMs another name, other labels, another time to live from now on, another",
      "restart policy, other ports for links, or another size, which takes effect at the next",
      "start. What is not named stays as it is."
    },
    footer = {
      "",
      "Examples: visco update vm-12 --ttl 8h",
      "          visco update vm-12 --ttl 3d --ttl-from used",
      "          visco update vm-12 --cpus 2 --memory 1g --disk 8g",
      "          visco update vm-12 --ttl none --name web --label team=red --label old-",
      "          visco update vm-12 --port 8080 --no-port 3000"
    })
final class UpdateCommand implements Callable<Integer> {
  /** How often a VM may change between reading its ports and changing them. */
  private static final int TRIES = 5;

  private final CommandContext context;

  @Mixin private final VmParameters targets = new VmParameters();

  @Option(
      names = "--ttl",
      paramLabel = "TIME",
      description = "destroys the VM after this time from now, like 90m, 2h or 3d; none for never")
  private @Nullable String ttl;

  @Option(
      names = "--ttl-from",
      paramLabel = "created|used",
      description = "whether the time counts from now on, or anew with each use of the VM")
  private @Nullable String ttlFrom;

  @Option(
      names = "--restart",
      paramLabel = "no|on-failure|always",
      description = "when it is started again after its machine has ended")
  private @Nullable String restart;

  @Option(
      names = "--sleep-after",
      paramLabel = "TIME",
      description =
          "puts it to sleep when nobody needs it for this time, like 15m; never for not at all")
  private @Nullable String sleepAfter;

  @Option(
      names = "--archive-after",
      paramLabel = "TIME",
      description =
          "archives it when it has been asleep for this time, like 7d; never for not at all")
  private @Nullable String archiveAfter;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "another name, also its guest's once that boots again; an empty one for none")
  private @Nullable String name;

  @Option(
      names = "--label",
      paramLabel = "KEY[=VALUE]|KEY-",
      description = "sets a label, or takes one away; may be repeated")
  private List<String> labels = new ArrayList<>();

  @Mixin private final PortOptions ports = new PortOptions();

  @Option(
      names = "--no-port",
      paramLabel = "PORT",
      description = "closes a port: links to it lead nowhere any more; may be repeated")
  private List<String> closed = new ArrayList<>();

  @Option(
      names = {"-c", "--cpus"},
      paramLabel = "N",
      description = "whole vCPUs from the next start on")
  private @Nullable Integer cpus;

  @Option(
      names = {"-m", "--memory"},
      paramLabel = "SIZE",
      description = "guest memory from the next start on, like 512m or 2g")
  private @Nullable String memory;

  @Option(
      names = "--disk",
      paramLabel = "SIZE",
      description = "size of the root disk from the next start on, like 8g; it only grows")
  private @Nullable String disk;

  @Mixin private final JsonOption json = new JsonOption();

  UpdateCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    List<Integer> opening = ports.numbers("--port");
    List<Integer> closing = PortOptions.numbers("--no-port", closed);
    return EachVm.of(
        context,
        targets.names(),
        json.isSet(),
        (api, id) -> {
          JsonNode vm =
              opening.isEmpty() && closing.isEmpty()
                  ? api.json("PATCH", "/api/vms/" + id, change(null))
                  : changed(api, "/api/vms/" + id, opening, closing);
          context.out().println(json.isSet() ? Json.line(vm) : id);
          if (change(null).hasSize() && vm.has("pending")) {
            context
                .err()
                .println(id + ": its size takes effect at the next start: visco restart " + id);
          }
          return CommandExitCode.OK;
        });
  }

  private VmChange change(@Nullable List<Integer> open) {
    return new VmChange(
        ttl,
        restart,
        ttlFrom,
        name,
        LabelOption.changes(labels),
        open,
        cpus,
        memory,
        null,
        disk,
        sleepAfter,
        archiveAfter);
  }

  /** Changes the list of ports as it is now; when that has changed meanwhile, as it is then. */
  private JsonNode changed(
      DaemonClient api, String route, List<Integer> opening, List<Integer> closing) {
    for (int tries = 1; ; tries++) {
      JsonNode vm = api.json("GET", route, null);
      var open = new TreeSet<Integer>();
      vm.path("ports").forEach(port -> open.add(port.asInt()));
      open.addAll(opening);
      closing.forEach(open::remove);
      String tag = "\"" + vm.path("revision").asLong() + "\"";
      try {
        return api.json("PATCH", route, change(List.copyOf(open)), Map.of("If-Match", tag));
      } catch (ApiException e) {
        if (e.problem().status() != 412 || tries == TRIES) {
          throw e;
        }
      }
    }
  }
}
