package dev.visco.cli;

import dev.visco.model.Durations;
import dev.visco.wire.Json;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** {@code visco events}. */
@Command(
    name = "events",
    mixinStandardHelpOptions = true,
    description =
        "Lists what has happened to VMs, volumes, snapshots, images, users, tokens, releases and the"
            + " host, oldest first, with the reason and who asked for it.",
    footer = {"", "Example: visco events -f --vm vm-3f2a91c0"})
final class EventsCommand implements Callable<Integer> {
  private static final int USUAL = 100;
  private static final int MAX_PAGE = 1000;

  private final CommandContext context;
  private final InstantSource clock;

  @Option(
      names = {"-f", "--follow"},
      description = "goes on with what happens, until it is interrupted")
  private boolean follow;

  @Option(names = "--vm", paramLabel = "VM", description = "only what happened to this VM")
  private @Nullable String vm;

  @Mixin private final EventSelection selection = new EventSelection();

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "only since then: a time like 24h before now, or 2026-01-31T10:00:00Z")
  private @Nullable String since;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "the newest N events (100); with -f those before the new ones (none)")
  private @Nullable Integer limit;

  @Option(
      names = "--json",
      description = "prints one JSON array, oldest first; with -f one object per line")
  private boolean json;

  EventsCommand(CommandContext context, InstantSource clock) {
    this.context = context;
    this.clock = clock;
  }

  @Override
  public Integer call() {
    var filters = new ArrayList<String>();
    add(filters, "vm", vm);
    add(filters, "user", selection.user());
    add(filters, "kind", selection.kinds().isEmpty() ? null : String.join(",", selection.kinds()));
    add(filters, "since", since == null ? null : time(since));
    DaemonClient api = context.api();
    if (follow) {
      follow(api, filters);
    } else {
      list(api, filters);
    }
    return CommandExitCode.OK;
  }

  private static void add(List<String> filters, String name, @Nullable String value) {
    if (value != null) {
      filters.add(name + "=" + ApiPath.encoded(value));
    }
  }

  /** A duration counts back from now; what is none is for the daemon to read. */
  private String time(String text) {
    return text.matches("\\d+[a-z]+")
        ? clock.instant().minus(Durations.of("--since", text)).toString()
        : text;
  }

  private void list(DaemonClient api, List<String> filters) {
    ArrayNode events = newest(api, filters, limit == null ? USUAL : Math.max(1, limit));
    if (json) {
      context.out().println(Json.line(Tables.oldestFirst(events)));
      return;
    }
    var rows = new ArrayList<List<String>>();
    events.forEach(event -> rows.addFirst(row(event)));
    context.out().print(Tables.columns(rows));
  }

  /** A page has at most a thousand, and the last one may have more than are wanted. */
  private static ArrayNode newest(DaemonClient api, List<String> filters, int count) {
    var query = new ArrayList<String>();
    query.add("limit=" + Math.min(count, MAX_PAGE));
    query.addAll(filters);
    JsonNode all = api.list("/api/events?" + String.join("&", query), count);
    ArrayNode wanted = Json.mapper().createArrayNode();
    all.valueStream().limit(count).forEach(wanted::add);
    return wanted;
  }

  private static List<String> row(JsonNode event) {
    return List.of(
        Instant.parse(event.path("at").asString()).toString(),
        event.path("kind").asString(),
        text(event));
  }

  private static String text(JsonNode event) {
    return event.path("text").asString()
        + (event.has("reason") ? " " + event.path("reason").asString() : "")
        + (event.has("caller") ? " (asked for by " + event.path("caller").asString() + ")" : "");
  }

  private void follow(DaemonClient api, List<String> filters) {
    var earlier = Json.mapper().createArrayNode();
    if (limit != null) {
      // Newest first: what comes after the first one follows, and what is older was not asked for.
      earlier = newest(api, filters, Math.max(1, limit));
      for (int at = earlier.size() - 1; at >= 0; at--) {
        print(earlier.get(at));
      }
    }
    String last = earlier.isEmpty() ? "" : earlier.get(0).path("id").asString();
    new EventFollower(api, "/api/events?" + String.join("&", filters), last).follow(this::print);
  }

  /** False once nobody reads any more. */
  private boolean print(JsonNode event) {
    context.out().println(json ? Json.line(event) : String.join("  ", row(event)));
    return !context.out().checkError();
  }
}
