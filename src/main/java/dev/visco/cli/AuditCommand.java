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
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco audit}. */
@Command(
    name = "audit",
    mixinStandardHelpOptions = true,
    description =
        "Lists who did what to which VM, from where and with what result, oldest first. Reading is not"
            + " recorded, opening a guest is.",
    footer = {"", "Example: visco audit --user alice --since 24h"})
final class AuditCommand implements Callable<Integer> {
  private final CommandContext context;
  private final InstantSource clock;

  @Option(
      names = "--user",
      paramLabel = "USER",
      description = "only what this user did, or was done to its VMs")
  private @Nullable String user;

  @Option(names = "--vm", paramLabel = "VM", description = "only what was done to this VM")
  private @Nullable String vm;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "only since then: a time like 24h before now, or 2026-01-31T10:00:00Z")
  private @Nullable String since;

  @Option(names = "--limit", paramLabel = "N", description = "the newest N entries (100)")
  private int limit = 100;

  @Option(names = "--json", description = "prints one JSON array, oldest first")
  private boolean json;

  AuditCommand(CommandContext context, InstantSource clock) {
    this.context = context;
    this.clock = clock;
  }

  @Override
  public Integer call() {
    DaemonClient api = context.api();
    var path = new StringBuilder("/api/audit?limit=" + Math.clamp(limit, 1, 1000));
    if (user != null) {
      path.append("&user=").append(ApiPath.encoded(user));
    }
    if (vm != null) {
      path.append("&vm=").append(ApiPath.encoded(vm));
    }
    if (since != null) {
      path.append("&since=").append(ApiPath.encoded(since(since)));
    }
    var entries = Json.mapper().createArrayNode();
    api.list(path.toString(), Math.max(1, limit)).valueStream().limit(limit).forEach(entries::add);
    context.out().print(json ? Json.line(Tables.oldestFirst(entries)) + "\n" : table(entries));
    return CommandExitCode.OK;
  }

  /** A duration counts back from now; what is none is for the daemon to read. */
  private String since(String text) {
    return text.matches("\\d+[a-z]+")
        ? clock.instant().minus(Durations.of("--since", text)).toString()
        : text;
  }

  private static String table(JsonNode entries) {
    var rows = new ArrayList<List<String>>();
    for (JsonNode entry : entries) {
      rows.addFirst(
          List.of(
              Instant.parse(entry.path("at").asString()).toString(),
              Tables.text(entry, "caller"),
              Tables.text(entry, "user"),
              Tables.text(entry, "from"),
              entry.path("method").asString() + " " + entry.path("path").asString(),
              Tables.text(entry, "vmId"),
              entry.has("status") ? entry.path("status").asString() : "unknown"));
    }
    rows.addFirst(List.of("AT", "CALLER", "USER", "FROM", "REQUEST", "VM", "STATUS"));
    return Tables.columns(rows);
  }
}
