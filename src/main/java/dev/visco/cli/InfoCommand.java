package dev.visco.cli;

import dev.visco.model.Durations;
import dev.visco.model.Sizes;
import dev.visco.wire.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** {@code visco info}. */
@Command(
    name = "info",
    mixinStandardHelpOptions = true,
    description = "Shows the daemon, whose token this is, and how much there is of everything.",
    footer = {"", "Example: visco info"})
final class InfoCommand implements Callable<Integer> {
  /** Lists that are counted, by what they are called. */
  private static final Map<String, String> COUNTED =
      new TreeMap<>(
          Map.of(
              "images", "/api/images",
              "snapshots", "/api/snapshots",
              "users", "/api/users",
              "volumes", "/api/volumes"));

  private final CommandContext context;

  @Mixin private final JsonOption json = new JsonOption();

  InfoCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    DaemonClient api = context.api();
    JsonNode me = api.json("GET", "/api/me", null);
    JsonNode health = api.health();
    JsonNode vms = api.list("/api/vms");
    var found = new LinkedHashMap<String, Object>();
    found.put(
        "address", api.address().isHere() ? api.address().authority() : api.address().toString());
    found.put("version", CommandContext.ProgramVersion.version());
    found.put("build", health.path("build").asString());
    found.put("status", health.path("status").asString());
    found.put("uptimeSeconds", health.path("uptimeSeconds").asLong());
    found.put("token", me);
    found.put("vms", states(vms));
    found.put("vcpus", sum(vms, "vcpus"));
    found.put("memoryMib", sum(vms, "memoryMib"));
    found.put("diskMib", sum(vms, "diskMib"));
    COUNTED.forEach((name, route) -> count(api, name, route, found));
    releases(api, found);
    context.out().print(json.isSet() ? Json.line(found) + "\n" : text(found));
    context.out().flush();
    return CommandExitCode.OK;
  }

  private static Map<String, Long> states(JsonNode vms) {
    return vms.valueStream()
        .collect(
            Collectors.groupingBy(
                vm -> vm.path("state").asString(), TreeMap::new, Collectors.counting()));
  }

  private static long sum(JsonNode vms, String field) {
    return vms.valueStream().mapToLong(vm -> vm.path(field).asLong(0)).sum();
  }

  /** Left out for a token that may not list them. */
  private static void count(
      DaemonClient api, String name, String route, Map<String, Object> found) {
    try {
      found.put(name, api.list(route).size());
    } catch (ApiException e) {
      passOver(e);
    }
  }

  private static void releases(DaemonClient api, Map<String, Object> found) {
    try {
      List<String> used = new ArrayList<>();
      for (JsonNode release : api.list("/api/vmm")) {
        if (release.path("status").asString().equals("in-use")) {
          used.add(release.path("name").asString());
        }
      }
      found.put("releasesInUse", used);
    } catch (ApiException e) {
      passOver(e);
    }
  }

  private static void passOver(ApiException refused) {
    if (refused.exitCode() == CommandExitCode.UNREACHABLE) {
      throw refused;
    }
  }

  private static String text(Map<String, Object> found) {
    var rows = new ArrayList<List<String>>();
    found.forEach((name, value) -> rows.add(List.of(title(name) + ":", text(name, value))));
    return Tables.columns(rows);
  }

  /** A field as people call it: its unit stands with its value. */
  private static String title(String name) {
    return switch (name) {
      case "memoryMib" -> "memory";
      case "diskMib" -> "disk";
      case "uptimeSeconds" -> "uptime";
      case "releasesInUse" -> "releases in use";
      default -> name;
    };
  }

  private static String text(String name, Object value) {
    return switch (value) {
      case JsonNode token ->
          Tables.text(token, "token")
              + " ("
              + Tables.text(token, "role")
              + (token.has("user") ? " of " + token.path("user").asString() : "")
              + ")";
      case Map<?, ?> states ->
          states.isEmpty()
              ? "none"
              : states.entrySet().stream()
                  .map(one -> one.getValue() + " " + one.getKey())
                  .collect(Collectors.joining(", "));
      case List<?> names -> names.stream().map(String::valueOf).collect(Collectors.joining(", "));
      case Long mib when name.endsWith("Mib") -> Sizes.text(mib);
      case Long seconds when name.endsWith("Seconds") ->
          Durations.text(Duration.ofSeconds(seconds));
      default -> String.valueOf(value);
    };
  }
}
