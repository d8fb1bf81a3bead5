package dev.visco.cli;

import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/**
 * Removes what has these names, one after the other. One that cannot be removed does not keep the
 * others: each is told, and the exit code says that one failed.
 */
final class Removals {
  private Removals() {}

  /**
   * Removes them and tells each: on standard output those that are gone, a line for each, or with
   * {@code json} one array of all in their order, a document for each; one that failed has {@code
   * name} and {@code problem} there (RFC 9457), and its line on standard error as well.
   *
   * @param one removes what has this name; a problem is an {@link ApiException}
   * @param label what a line calls the document of one that is gone
   * @return 0, or the exit code of the first failure
   */
  static int removeEach(
      CommandContext context,
      List<String> names,
      boolean json,
      Function<String, JsonNode> one,
      Function<JsonNode, String> label) {
    int code = CommandExitCode.OK;
    var all = new ArrayList<Object>();
    for (String name : names) {
      try {
        JsonNode removed = one.apply(name);
        all.add(removed);
        if (!json) {
          context.out().println(label.apply(removed));
        }
      } catch (ApiException e) {
        code = code == CommandExitCode.OK ? e.exitCode() : code;
        context.err().println("visco: " + (names.size() > 1 ? name + ": " : "") + e.getMessage());
        var failed = new LinkedHashMap<String, Object>();
        failed.put("name", name);
        failed.put("problem", e.problem());
        all.add(failed);
      }
    }
    if (json) {
      context.out().println(Json.line(all));
    }
    return code;
  }
}
