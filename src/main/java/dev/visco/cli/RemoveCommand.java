package dev.visco.cli;

import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * A command that removes what it is given the names of, in their order; the first that cannot be
 * removed ends it, and what was removed before has been printed.
 */
abstract class RemoveCommand implements Callable<Integer> {
  private final Visco visco;
  private final String route;

  @Parameters(paramLabel = "NAME", arity = "1..*", description = "their names")
  private List<String> names = new ArrayList<>();

  @Option(names = "--json", description = "print JSON, a line for each")
  private boolean json;

  /**
   * @param route ends with a slash
   */
  RemoveCommand(Visco visco, String route) {
    this.visco = visco;
    this.route = route;
  }

  @Override
  public Integer call() {
    ApiClient api = visco.api();
    for (String name : names) {
      var removed = api.json("DELETE", route + name, null);
      visco.out().println(json ? Json.line(removed) : name);
    }
    return ExitCode.OK;
  }
}
