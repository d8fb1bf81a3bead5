package dev.visco.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Removes the named resources in order, and goes on after a failure; see {@link Removals}. */
abstract class RemoveCommand implements Callable<Integer> {
  private final CommandContext context;
  private final String route;

  @Parameters(
      paramLabel = "NAME",
      arity = "1..*",
      description = "names; if one cannot be removed, the others still are")
  private List<String> names = new ArrayList<>();

  @Option(names = "--json", description = "prints one JSON array, with an object for each name")
  private boolean json;

  /**
   * @param route ends with a slash
   */
  RemoveCommand(CommandContext context, String route) {
    this.context = context;
    this.route = route;
  }

  /** The query of each removal. */
  String query() {
    return "";
  }

  @Override
  public Integer call() {
    DaemonClient api = context.api();
    return Removals.removeEach(
        context,
        names,
        json,
        false,
        name -> api.json("DELETE", route + ApiPath.encoded(name) + query(), null),
        removed -> removed.path("removed").asString());
  }
}
