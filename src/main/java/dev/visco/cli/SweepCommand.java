package dev.visco.cli;

import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco sweep}. */
@Command(
    name = "sweep",
    mixinStandardHelpOptions = true,
    description =
        "Removes orphans: resources that Visco made on this host and that no VM owns any more.",
    footer = {"", "Example: visco sweep --plan"})
final class SweepCommand implements Callable<Integer> {
  private final CommandContext context;

  @Option(
      names = "--plan",
      description = "only lists Visco's resources on this host: owned, orphan or foreign")
  private boolean plan;

  @Mixin private final JsonOption json = new JsonOption();

  SweepCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    JsonNode found = context.api().json(plan ? "GET" : "POST", "/api/sweep", null);
    if (json.isSet()) {
      context.out().println(Json.line(found));
      return CommandExitCode.OK;
    }
    var rows = new ArrayList<List<String>>();
    for (JsonNode thing : found) {
      rows.add(
          List.of(
              thing.path("owner").asString().toLowerCase(Locale.ROOT),
              thing.path("kind").asString(),
              thing.path("name").asString(),
              thing.path("why").asString()));
    }
    context.out().print(Tables.columns(rows));
    return CommandExitCode.OK;
  }
}
