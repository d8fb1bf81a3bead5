package dev.visco.cli;

import dev.visco.wire.Json;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Prints one resource as JSON. */
abstract class InspectCommand implements Callable<Integer> {
  private final CommandContext context;
  private final String route;

  @Parameters(paramLabel = "NAME", description = "its name")
  private String name = "";

  @Mixin private final JsonOption json = new JsonOption();

  /**
   * @param route ends with a slash
   */
  InspectCommand(CommandContext context, String route) {
    this.context = context;
    this.route = route;
  }

  @Override
  public Integer call() {
    JsonNode found = context.api().json("GET", route + name, null);
    context.out().println(json.isSet() ? Json.line(found) : Json.pretty(found));
    return CommandExitCode.OK;
  }
}
