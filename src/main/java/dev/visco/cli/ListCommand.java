package dev.visco.cli;

import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** Prints a list of resources, as a table or as JSON. */
abstract class ListCommand implements Callable<Integer> {
  private final CommandContext context;

  @Mixin private final JsonOption json = new JsonOption();

  ListCommand(CommandContext context) {
    this.context = context;
  }

  /** Path and query of the list. */
  abstract String route();

  abstract List<String> heading();

  /** One entry's cells, as many as the heading has. */
  abstract List<String> row(JsonNode entry);

  @Override
  public Integer call() {
    JsonNode entries = context.api().list(route());
    if (json.isSet()) {
      context.out().println(Json.line(entries));
      return CommandExitCode.OK;
    }
    var rows = new ArrayList<List<String>>();
    rows.add(heading());
    entries.forEach(entry -> rows.add(row(entry)));
    context.out().print(Tables.columns(rows));
    return CommandExitCode.OK;
  }
}
