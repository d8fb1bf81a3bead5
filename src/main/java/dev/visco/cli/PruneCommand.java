package dev.visco.cli;

import dev.visco.model.Durations;
import dev.visco.wire.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco prune}. */
@Command(
    name = "prune",
    mixinStandardHelpOptions = true,
    description = {
      "Makes room: destroys VMs that have failed, and removes what no VM owns any more.",
      "Asks before. What is only stopped, and images, stay unless they are named."
    },
    footer = {
      "",
      "Examples: visco prune --dry-run",
      "          visco prune --stopped --older-than 7d --images"
    })
final class PruneCommand implements Callable<Integer> {
  private final CommandContext context;
  private final Confirmation.@Nullable AnswerSource answers;

  @Option(names = "--stopped", description = "also destroys stopped VMs, with their disks")
  private boolean stopped;

  @Option(names = "--images", description = "also removes images that no VM has")
  private boolean images;

  @Option(
      names = "--older-than",
      paramLabel = "TIME",
      description = "only VMs that have been so for this time, like 24h or 7d")
  private @Nullable String age;

  @Option(names = "--dry-run", description = "only lists what would go")
  private boolean isDry;

  @Option(
      names = {"-f", "--force", "-y", "--yes"},
      description = "asks nothing")
  private boolean yes;

  @Mixin private final JsonOption json = new JsonOption();

  PruneCommand(CommandContext context, Confirmation.@Nullable AnswerSource answers) {
    this.context = context;
    this.answers = answers;
  }

  /**
   * What would go.
   *
   * @param vms ids
   * @param images names
   * @param orphans kinds and names
   */
  private record Prunable(List<String> vms, List<String> images, List<String> orphans) {
    boolean isNothing() {
      return vms.isEmpty() && images.isEmpty() && orphans.isEmpty();
    }

    String sentence() {
      var parts = new ArrayList<String>();
      add(parts, vms, "VM", "with disk and snapshots");
      add(parts, images, "image", "");
      add(parts, orphans, "orphan", "");
      return "This removes " + String.join("; ", parts);
    }

    private static void add(List<String> parts, List<String> some, String what, String more) {
      if (!some.isEmpty()) {
        parts.add(
            "%d %s%s (%s)%s"
                .formatted(
                    some.size(),
                    what,
                    some.size() == 1 ? "" : "s",
                    String.join(", ", some),
                    more.isEmpty() ? "" : " " + more));
      }
    }
  }

  @Override
  public Integer call() {
    DaemonClient api = context.api();
    Prunable found = find(api);
    if (isDry || found.isNothing()) {
      tell(found, List.of());
      return CommandExitCode.OK;
    }
    if (!yes
        && !Confirmation.isGiven(found.sentence(), "visco prune --yes", answers, context.err())) {
      return CommandExitCode.REFUSED;
    }
    return remove(api, found);
  }

  private Prunable find(DaemonClient api) {
    Duration min = age == null ? Duration.ZERO : Durations.of("--older-than", age);
    Instant since = context.now().minus(min);
    var vms = new ArrayList<String>();
    Set<String> used = new HashSet<>();
    for (JsonNode vm : api.list("/api/vms")) {
      String state = vm.path("state").asString();
      boolean isOver = state.equals("failed") || (stopped && state.equals("stopped"));
      if (isOver && !Instant.parse(vm.path("changed").asString()).isAfter(since)) {
        vms.add(vm.path("vmId").asString());
      } else {
        used.add(vm.path("imageDigest").asString());
      }
    }
    var unused = new ArrayList<String>();
    if (images) {
      for (JsonNode image : api.list("/api/images")) {
        if (!used.contains(image.path("digest").asString())) {
          unused.add(image.path("manifest").path("name").asString());
        }
      }
    }
    var orphans = new ArrayList<String>();
    for (JsonNode thing : api.json("GET", "/api/sweep", null)) {
      if (thing.path("owner").asString().equalsIgnoreCase("orphan")) {
        orphans.add(thing.path("kind").asString() + " " + thing.path("name").asString());
      }
    }
    return new Prunable(vms, unused, orphans);
  }

  private int remove(DaemonClient api, Prunable found) {
    int code = CommandExitCode.OK;
    var failed = new ArrayList<String>();
    for (String id : found.vms()) {
      code = delete(api, "/api/vms/" + id + "?wait=destroyed", id, failed, code);
    }
    for (String name : found.images()) {
      code = delete(api, "/api/images/" + ApiPath.encoded(name), name, failed, code);
    }
    if (!found.orphans().isEmpty()) {
      api.json("POST", "/api/sweep", null);
    }
    tell(found, failed);
    return code;
  }

  private int delete(DaemonClient api, String route, String name, List<String> failed, int code) {
    try {
      api.json("DELETE", route, null);
      return code;
    } catch (ApiException e) {
      failed.add(name);
      context.tellFailure(e, json.isSet());
      return code == CommandExitCode.OK ? e.exitCode() : code;
    }
  }

  private void tell(Prunable found, List<String> failed) {
    if (json.isSet()) {
      var document = new LinkedHashMap<String, Object>();
      document.put("vms", without(found.vms(), failed));
      document.put("images", without(found.images(), failed));
      document.put("orphans", found.orphans());
      context.out().println(Json.line(document));
      return;
    }
    if (found.isNothing()) {
      context.out().println("There is nothing to remove.");
    }
    without(found.vms(), failed).forEach(id -> context.out().println("VM " + id));
    without(found.images(), failed).forEach(name -> context.out().println("image " + name));
    found.orphans().forEach(context.out()::println);
  }

  private static List<String> without(List<String> all, List<String> failed) {
    return all.stream().filter(one -> !failed.contains(one)).toList();
  }
}
