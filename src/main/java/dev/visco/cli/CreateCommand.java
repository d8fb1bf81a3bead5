package dev.visco.cli;

import dev.visco.wire.CreateRequest;
import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco create}. */
@Command(
    name = "create",
    mixinStandardHelpOptions = true,
    description = "Creates a VM and waits until it is proven to work. Prints its id.",
    footer = {"", "Example: visco create --type cli --transport pci --ttl 2h"})
public final class CreateCommand implements Callable<Integer> {
  private final CommandContext context;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      defaultValue = "cli",
      description = "VM type (${DEFAULT-VALUE})")
  private String type = "cli";

  @Option(
      names = "--user",
      paramLabel = "USER",
      defaultValue = "operator",
      description = "whose VM it is (${DEFAULT-VALUE})")
  private String user = "operator";

  @Option(names = "--image", paramLabel = "IMAGE", description = "another image than the type's")
  private @Nullable String image;

  @Option(
      names = "--transport",
      paramLabel = "mmio|pci",
      description = "how virtio devices reach the guest")
  private @Nullable String transport;

  @Option(names = "--cpus", paramLabel = "N", description = "vCPUs, a whole number")
  private @Nullable Integer cpus;

  @Option(names = "--memory", paramLabel = "MIB", description = "guest memory in MiB")
  private @Nullable Integer memory;

  @Option(
      names = "--boot-arg",
      paramLabel = "ARG",
      description = "a further kernel parameter; may be given several times")
  private List<String> bootArgs = new ArrayList<>();

  @Option(
      names = "--ttl",
      paramLabel = "TIME",
      description = "destroy it after this time, like 90m")
  private @Nullable String life;

  @Option(
      names = "--force",
      description = "boot even what the preflight objects to; the report says so")
  private boolean force;

  @Option(names = "--no-wait", description = "return as soon as it is recorded")
  private boolean noWait;

  @Mixin private final JsonOption json = new JsonOption();

  CreateCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    ApiClient api = context.api();
    JsonNode vm =
        api.json(
            "POST",
            "/api/vms",
            new CreateRequest(
                user, type, image, transport, cpus, memory, bootArgs, life, force ? true : null));
    if (!noWait) {
      try (var progress = ProgressPrinter.onError()) {
        vm = await(api, vm, progress);
      }
    }
    context.out().println(json.isSet() ? Json.line(vm) : vm.path("vmId").asString());
    return noWait ? ExitCode.OK : tell(api, vm);
  }

  /** Follows a VM until it is ready or failed. */
  public static JsonNode await(ApiClient api, JsonNode created, ProgressPrinter progress) {
    JsonNode vm = created;
    while (vm.path("state").asString().equals("creating")) {
      progress.report(vm.path("vmId").asString() + ": " + vm.path("step").asString(), -1);
      vm =
          api.json(
              "GET",
              "/api/vms/"
                  + vm.path("vmId").asString()
                  + "?timeout=30s&after="
                  + vm.path("revision").asString(),
              null);
    }
    return vm;
  }

  private int tell(ApiClient api, JsonNode vm) {
    String id = vm.path("vmId").asString();
    int code = VmOutcome.tell(api, vm, "visco logs " + id, context.err(), context.err());
    if (code == ExitCode.OK) {
      tellDesktop(api, id);
    }
    return code;
  }

  private void tellDesktop(ApiClient api, String id) {
    try {
      if (api.json("GET", "/api/vms/" + id + "/desktop", null).path("desktop").asBoolean()) {
        String link = DesktopCommands.ticket(api, id, false).path("link").asString();
        context.err().println("visco: its desktop, once and within 30 seconds: " + link);
        context.err().println("visco: another link to it: visco open " + id);
      }
    } catch (ApiException e) {
      // Destroyed meanwhile; that it was ready has been told.
    }
  }
}
