package dev.visco.cli;

import dev.visco.wire.Json;
import dev.visco.wire.ProblemDocument;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A request for long work: the answer is one JSON object per line, first progress, at last the
 * result or a problem.
 */
final class LongRequest {
  private LongRequest() {}

  /**
   * Sends the request and shows its progress.
   *
   * @param result the result's name in its line
   * @param label what stands before each report of progress
   */
  static JsonNode post(
      DaemonClient api,
      String path,
      @Nullable Object body,
      String result,
      String label,
      ProgressPrinter progress) {
    var found = new ArrayList<JsonNode>();
    api.stream(
        "POST",
        path,
        body,
        in -> {
          var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
          for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonNode document = Json.mapper().readTree(line);
            if (document.has("doing")) {
              progress.report(
                  label + document.path("doing").asString(), document.path("fraction").asDouble());
            } else if (document.has("problem")) {
              throw ApiException.of(
                  Json.mapper().treeToValue(document.path("problem"), ProblemDocument.class));
            } else {
              found.add(document.path(result));
            }
          }
        });
    if (found.isEmpty()) {
      throw new ApiException(
          "The work broke off; the daemon's log tells why.", CommandExitCode.FAILED);
    }
    return found.getFirst();
  }
}
