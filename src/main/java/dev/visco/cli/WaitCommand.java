package dev.visco.cli;

import dev.visco.model.Durations;
import dev.visco.model.Refused;
import dev.visco.model.VmState;
import dev.visco.wire.Json;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco wait}. */
@Command(
    name = "wait",
    mixinStandardHelpOptions = true,
    description = {
      "Waits until VMs are in a state.",
      "One that has failed or is destroyed meanwhile is not waited for: exit code 1."
    },
    footer = {
      "",
      "Examples: visco wait vm-12",
      "          visco wait --for stopped,failed --timeout 10m vm-12 vm-34"
    })
final class WaitCommand implements Callable<Integer> {
  /** One question waits as long; the daemon answers sooner when the VM changes. */
  private static final Duration QUESTION = Duration.ofSeconds(30);

  /** Nobody leaves these by themselves. */
  private static final Set<String> FINAL = Set.of("failed", "destroyed");

  private final CommandContext context;

  @Mixin private final VmParameters targets = new VmParameters();

  @Option(
      names = "--for",
      paramLabel = "STATE,…",
      split = ",",
      description = "any of these states (ready)")
  private List<String> states = List.of("ready");

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "gives up after this time, like 90s or 10m (never)")
  private @Nullable String timeout;

  @Mixin private final JsonOption json = new JsonOption();

  WaitCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    for (String state : states) {
      if (Arrays.stream(VmState.values()).noneMatch(known -> known.word().equals(state))) {
        throw Refused.invalid(
            "--for",
            state,
            "is no state",
            "Known are "
                + Arrays.stream(VmState.values())
                    .map(VmState::word)
                    .collect(Collectors.joining(", "))
                + ".");
      }
    }
    Duration max = timeout == null ? null : Durations.of("--timeout", timeout);
    long end = max == null ? Long.MAX_VALUE : System.nanoTime() + max.toNanos();
    return EachVm.of(context, targets.names(), json.isSet(), (api, id) -> await(api, id, end));
  }

  private int await(DaemonClient api, String id, long end) {
    JsonNode vm = api.json("GET", "/api/vms/" + id, null);
    while (!isWanted(vm)) {
      long left = end == Long.MAX_VALUE ? QUESTION.toNanos() : end - System.nanoTime();
      if (FINAL.contains(vm.path("state").asString()) || left <= 0) {
        String why = left <= 0 ? " still " : " ";
        throw new ApiException(
            id + " is" + why + vm.path("state").asString() + ".", CommandExitCode.FAILED);
      }
      long millis = Math.clamp(left / 1_000_000, 1, QUESTION.toMillis());
      vm =
          api.json(
              "GET",
              "/api/vms/%s?timeout=%dms&after=%s"
                  .formatted(id, millis, vm.path("revision").asString()),
              null);
    }
    context.out().println(json.isSet() ? Json.line(vm) : id + " is " + vm.path("state").asString());
    return CommandExitCode.OK;
  }

  private boolean isWanted(JsonNode vm) {
    return states.contains(vm.path("state").asString());
  }
}
