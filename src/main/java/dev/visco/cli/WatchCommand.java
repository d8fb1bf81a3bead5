package dev.visco.cli;

import dev.visco.wire.FileEvent;
import dev.visco.wire.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco watch}. */
@Command(
    name = "watch",
    mixinStandardHelpOptions = true,
    description = {
      "Prints what happens to a file or folder in a VM, a line for each change, until Ctrl-C.",
      "It is seen within a second or two, or at once where the VM has inotifywait."
    },
    footer = {"", "Example: visco watch -r vm-12 /srv/app"})
final class WatchCommand implements Callable<Integer> {
  private final CommandContext context;

  @Mixin private final VmParameter target = new VmParameter();

  @Parameters(index = "1", paramLabel = "PATH", description = "an absolute path in the VM")
  private String path = "";

  @Option(
      names = {"-r", "--recursive"},
      description = "all that is in its folders, too; at most 10000 files and folders")
  private boolean isDeep;

  @Mixin private final JsonOption json = new JsonOption();

  WatchCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    DaemonClient api = context.api();
    boolean[] hasFailed = {false};
    api.stream(
        "GET",
        "/api/vms/"
            + target.id(api)
            + "/files/watch?path="
            + ApiPath.encoded(path)
            + (isDeep ? "&recursive=true" : ""),
        null,
        in -> hasFailed[0] = print(in));
    return hasFailed[0] ? CommandExitCode.FAILED : CommandExitCode.OK;
  }

  /** True when it ended with a fault. */
  private boolean print(InputStream in) throws IOException {
    var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      JsonNode event = Json.read(line, JsonNode.class);
      boolean isFault = event.path("type").asString().equals(FileEvent.ERROR);
      if (json.isSet()) {
        context.out().println(line);
      } else if (isFault) {
        context.tellFailure(event.path("detail").asString());
      } else if (event.path("type").asString().equals(FileEvent.WATCHING)) {
        context.err().println("visco: watching " + event.path("entries").asInt() + " files");
      } else {
        context.out().println(text(event));
      }
      context.out().flush();
      if (isFault) {
        return true;
      }
    }
    return false;
  }

  /** A name may hold anything, a line break too: it is written as JSON then. */
  private static String text(JsonNode event) {
    String from = event.path("from").asString("");
    return "%-8s %s"
        .formatted(
            event.path("type").asString(),
            (from.isEmpty() ? "" : shown(from) + " -> ") + shown(event.path("path").asString()));
  }

  private static String shown(String name) {
    return name.chars()
            .anyMatch(one -> Character.isISOControl(one) || one == '"' || one == '\u202e')
        ? Json.line(name)
        : name;
  }
}
