package dev.visco.cli;

import dev.visco.wire.Json;
import java.util.HashMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco provider test}. */
@Command(
    name = "test",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a provider's login in a VM up to its link or its device code, ends it, and says what"
          + " differs from the provider's file.",
      "The VM's image has a sign-in helper and the tool. Exit code 1 when the login did not come"
          + " that far."
    },
    footer = {"", "Example: visco provider test codex --vm vm-12"})
final class ProviderTestCommand implements Callable<Integer> {
  private final CommandContext context;

  @Parameters(paramLabel = "NAME", description = "the provider")
  private String provider = "";

  @Option(
      names = "--vm",
      required = true,
      paramLabel = "VM",
      description = "the VM's name, its id, or a unique beginning of its id")
  private String vm = "";

  @Option(
      names = "--method",
      paramLabel = "N",
      description = "which of the provider's ways to sign in, from 0 (0)")
  private @Nullable Integer method;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "for all of it, like 90s, at most 10m (2m)")
  private @Nullable String timeout;

  @Mixin private final JsonOption json = new JsonOption();

  ProviderTestCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    DaemonClient api = context.api();
    var body = new HashMap<String, Object>();
    body.put("provider", provider);
    if (method != null) {
      body.put("method", method);
    }
    if (timeout != null) {
      body.put("timeout", timeout);
    }
    JsonNode found =
        api.json("POST", "/api/vms/" + VmNames.whole(api, vm) + "/provider-test", body);
    if (json.isSet()) {
      context.out().println(Json.line(found));
    } else {
      print(found);
    }
    return found.path("works").asBoolean() ? CommandExitCode.OK : CommandExitCode.FAILED;
  }

  private void print(JsonNode found) {
    for (JsonNode event : found.path("events")) {
      String source = event.path("source").asString("");
      context
          .out()
          .printf(
              "%6d ms  %s%s: %s%n",
              event.path("millis").asLong(),
              event.path("what").asString(),
              source.isEmpty() ? "" : " (" + source + ")",
              event.path("text").asString());
    }
    for (JsonNode query : found.path("asked")) {
      context.out().println("asked its terminal: " + query.asString());
    }
    for (JsonNode difference : found.path("differences")) {
      context.out().println("differs: " + difference.asString());
    }
    context
        .out()
        .println(found.path("works").asBoolean() ? "The login works." : "The login does not work.");
  }
}
