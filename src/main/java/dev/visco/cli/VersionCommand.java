package dev.visco.cli;

import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** {@code visco version}. */
@Command(
    name = "version",
    mixinStandardHelpOptions = true,
    description = "Shows the versions of this program and of the daemon.",
    footer = {"", "Example: visco version"})
final class VersionCommand implements Callable<Integer> {
  private final CommandContext context;

  @Mixin private final JsonOption json = new JsonOption();

  VersionCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    String version = CommandContext.ProgramVersion.version();
    String java = System.getProperty("java.version");
    JsonNode daemon = daemon();
    if (json.isSet()) {
      var document = new TreeMap<String, Object>();
      document.put("version", version);
      document.put("java", java);
      if (daemon != null) {
        document.put("daemon", daemon);
      }
      context.out().println(Json.line(document));
      return CommandExitCode.OK;
    }
    context.out().println("visco " + version + ", Java " + java);
    context.out().println("daemon: " + (daemon == null ? "does not answer" : line(daemon)));
    return CommandExitCode.OK;
  }

  private String line(JsonNode daemon) {
    Instant now = context.now();
    Duration uptime = Duration.ofSeconds(daemon.path("uptimeSeconds").asLong());
    return "%s, %s, started %s, pid %s"
        .formatted(
            daemon.path("build").asString(),
            daemon.path("status").asString(),
            Ages.text(now.minus(uptime), now),
            daemon.path("pid").asString());
  }

  /** Null when none answers, or none has ever run here. */
  private @Nullable JsonNode daemon() {
    try {
      return context.api().health();
    } catch (ApiException | Refused e) {
      return null;
    }
  }
}
