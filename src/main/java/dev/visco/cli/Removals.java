package dev.visco.cli;

import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/**
 * Removes several resources in order. After a failure it goes on with the next one, and the exit
 * code is that of the first failure.
 */
final class Removals {
  private Removals() {}

  /**
   * Removes them. Prints a line for each removed one, or with {@code json} one array with an object
   * for each; an entry that failed has {@code name} and {@code problem} (RFC 9457). Failures are
   * also printed to standard error.
   *
   * @param isForced whether one that is not there is no failure
   * @param one removes what has this name; a problem is an {@link ApiException}
   * @param label what a line calls the document of one that is gone
   * @return 0, or the exit code of the first failure
   */
  static int removeEach(
      CommandContext context,
      List<String> names,
      boolean json,
      boolean isForced,
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
        if (isForced && e.exitCode() == CommandExitCode.NOT_FOUND) {
          continue;
        }
        code = code == CommandExitCode.OK ? e.exitCode() : code;
        if (json) {
          context.tellFailure(e, true);
        } else {
          context.tellFailure((names.size() > 1 ? name + ": " : "") + e.getMessage());
        }
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
