package dev.visco.cli;

import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco events}. */
@Command(
    name = "events",
    mixinStandardHelpOptions = true,
    description =
        "Lists events for operators, oldest first: changed VMM releases, lost folders, full disks.",
    footer = {"", "Example: visco events --limit 20"})
final class EventsCommand implements Callable<Integer> {
  private final CommandContext context;

  @Option(names = "--limit", paramLabel = "N", description = "the newest N events (100)")
  private int limit = 100;

  @Option(names = "--json", description = "prints one JSON array, newest first")
  private boolean json;

  EventsCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    JsonNode events = newest(Math.max(1, limit));
    if (json) {
      context.out().println(Json.line(events));
      return CommandExitCode.OK;
    }
    var rows = new ArrayList<List<String>>();
    for (JsonNode event : events) {
      rows.addFirst(
          List.of(
              Tables.text(event, "at"), Tables.text(event, "kind"), Tables.text(event, "text")));
    }
    context.out().print(Tables.columns(rows));
    return CommandExitCode.OK;
  }

  /** A page has at most a thousand, and the last one may have more than are wanted. */
  private JsonNode newest(int count) {
    JsonNode all = context.api().list("/api/events?limit=" + Math.min(count, 1000), count);
    var wanted = Json.mapper().createArrayNode();
    all.valueStream().limit(count).forEach(wanted::add);
    return wanted;
  }
}
