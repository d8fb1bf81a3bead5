package dev.visco.cli;

import dev.visco.wire.Json;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** A command that prints all that a route tells of one thing. */
abstract class InspectCommand implements Callable<Integer> {
  private final Visco visco;
  private final String route;

  @Parameters(paramLabel = "NAME", description = "its name")
  private String name = "";

  @Option(names = "--json", description = "print JSON in one line")
  private boolean json;

  /**
   * @param route ends with a slash
   */
  InspectCommand(Visco visco, String route) {
    this.visco = visco;
    this.route = route;
  }

  @Override
  public Integer call() {
    JsonNode found = visco.api().json("GET", route + name, null);
    visco.out().println(json ? Json.line(found) : Json.pretty(found));
    return ExitCode.OK;
  }
}
