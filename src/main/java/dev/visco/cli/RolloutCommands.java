package dev.visco.cli;

import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco vmm canary}, {@code use} and {@code rollback}. */
final class RolloutCommands {
  private RolloutCommands() {}

  /** Results of canaries, as a table. */
  private static String table(JsonNode report) {
    var rows = new ArrayList<List<String>>();
    for (JsonNode line : report.path("lines")) {
      rows.add(
          List.of(
              line.path("isMet").asBoolean() ? "✓" : "✗",
              line.path("type").asString(),
              line.path("transport").asString(),
              line.path("text").asString()));
    }
    var text =
        new StringBuilder("canaries on " + report.path("release").asString() + ":\n")
            .append(Tables.columns(rows));
    report
        .path("skipped")
        .forEach(skipped -> text.append("-  ").append(skipped.asString()).append('\n'));
    return text.toString();
  }

  /** {@code visco vmm canary}. */
  @Command(
      name = "canary",
      mixinStandardHelpOptions = true,
      description =
          "Boots one VM of each type on a release and shows which criteria it met. Changes nothing.",
      footer = {"", "Example: visco vmm canary 1.16.1"})
  static final class ReleaseCanary implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "RELEASE", description = "the release's name, or qemu")
    private String name = "";

    @Mixin private final JsonOption json = new JsonOption();

    ReleaseCanary(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      JsonNode report;
      try (var progress = ProgressPrinter.onError()) {
        report =
            LongRequest.post(
                context.api(),
                "/api/vmm/" + ApiPath.encoded(name) + "/canary",
                null,
                "canary",
                "",
                progress);
      }
      context.out().print(json.isSet() ? Json.line(report) + "\n" : table(report));
      return isMet(report) ? CommandExitCode.OK : CommandExitCode.FAILED;
    }
  }

  private static boolean isMet(JsonNode report) {
    return !report.path("lines").isEmpty()
        && report.path("lines").valueStream().allMatch(line -> line.path("isMet").asBoolean());
  }

  /** {@code visco vmm use}. */
  @Command(
      name = "use",
      mixinStandardHelpOptions = true,
      description = {
        "Makes new VMs use a release, if canaries of all VM types meet all criteria on it.",
        "Otherwise nothing changes. Running VMs stay on their release."
      },
      footer = {"", "Examples: visco vmm use 1.16.1 --dry-run", "          visco vmm use 1.16.1"})
  static final class ReleaseUse implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "RELEASE", description = "the release's name, or qemu")
    private String name = "";

    @Option(names = "--dry-run", description = "only shows what would change")
    private boolean dryRun;

    @Option(
        names = "--force",
        description =
            "uses it even if it is vulnerable or was rolled back before; canaries still run")
    private boolean force;

    @Mixin private final JsonOption json = new JsonOption();

    ReleaseUse(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      return dryRun ? plan() : change();
    }

    private int plan() {
      JsonNode plan =
          context.api().json("GET", "/api/vmm/" + ApiPath.encoded(name) + "/plan", null);
      if (json.isSet()) {
        context.out().println(Json.line(plan));
        return CommandExitCode.OK;
      }
      String current = plan.path("current").asString();
      context
          .out()
          .printf(
              "New VMs would use %s instead of %s; visco vmm rollback would go back to %s.%n",
              name, current, current);
      plan.path("obstacles")
          .forEach(one -> context.out().printf("refused without --force: %s%n", one.asString()));
      context.out().printf("canaries of the types: %s%n", words(plan.path("canaries")));
      list("VMs that stay on their release:", plan.path("keep"), "vm", "user", "state", "release");
      list(
          "snapshots that only their release is sure to read:",
          plan.path("snapshots"),
          "snapshot",
          "vm",
          "release",
          "format");
      return CommandExitCode.OK;
    }

    private static String words(JsonNode list) {
      var found = new ArrayList<String>();
      list.forEach(one -> found.add(one.asString()));
      return found.isEmpty() ? "none" : String.join(", ", found);
    }

    private void list(String title, JsonNode things, String... fields) {
      if (things.isEmpty()) {
        context.out().println(title + " none");
        return;
      }
      context.out().println(title);
      var rows = new ArrayList<List<String>>();
      for (JsonNode thing : things) {
        var row = new ArrayList<String>(List.of(" "));
        for (String field : fields) {
          row.add(Tables.text(thing, field));
        }
        rows.add(row);
      }
      context.out().print(Tables.columns(rows));
    }

    private int change() {
      JsonNode change;
      try (var progress = ProgressPrinter.onError()) {
        change =
            LongRequest.post(
                context.api(),
                "/api/vmm/" + ApiPath.encoded(name) + "/use",
                force ? Map.of("force", true) : Map.of(),
                "change",
                "",
                progress);
      }
      JsonNode report = change.path("canaries");
      boolean isUsed = change.path("current").asString().equals(name);
      if (report.has("lines")) {
        context.err().print(table(report));
      }
      if (!isUsed) {
        context.err().println("visco: nothing was changed: not every criterion was met on " + name);
      }
      context.out().println(json.isSet() ? Json.line(change) : told(change));
      return isUsed ? CommandExitCode.OK : CommandExitCode.FAILED;
    }
  }

  private static String told(JsonNode change) {
    return "new VMs use "
        + change.path("current").asString()
        + (change.path("isChanged").asBoolean() ? "" : ", as before");
  }

  /** {@code visco vmm rollback}. */
  @Command(
      name = "rollback",
      mixinStandardHelpOptions = true,
      description = "Makes new VMs use the previous release again, at once and without canaries.",
      footer = {"", "Example: visco vmm rollback"})
  static final class ReleaseRollback implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final JsonOption json = new JsonOption();

    ReleaseRollback(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      JsonNode change = context.api().json("POST", "/api/vmm/rollback", null);
      context.out().println(json.isSet() ? Json.line(change) : told(change));
      return CommandExitCode.OK;
    }
  }
}
