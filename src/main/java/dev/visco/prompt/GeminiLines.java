package dev.visco.prompt;

import dev.visco.wire.PromptEvent;
import dev.visco.wire.PromptEvent.PromptUsage;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Gemini CLI's {@code --output-format stream-json}. */
final class GeminiLines extends PromptLines {
  @Override
  List<PromptEvent> of(JsonNode json) {
    return switch (json.path("type").asString("")) {
      case "init" ->
          List.of(
              PromptEvent.metadata(string(json.path("session_id")), string(json.path("model"))));
      case "message" ->
          json.path("role").asString("").equals("assistant")
              ? List.of(text(PromptEvent.CONTENT, json.path("content").asString("")))
              : List.of();
      case "tool_use" ->
          List.of(use(json.path("tool_id"), json.path("tool_name"), json.path("parameters")));
      case "tool_result" -> {
        boolean isFailed = json.path("status").asString("").equals("error");
        yield List.of(result(json.path("tool_id"), said(json), isFailed));
      }
      case "error" ->
          List.of(
              json.path("severity").asString("").equals("warning")
                  ? text(PromptEvent.LOG, json.path("message").asString(""))
                  : error(json.path("message").asString("")));
      case "result" -> ended(json);
      default -> List.of();
    };
  }

  private static @Nullable String said(JsonNode json) {
    String why = string(json.path("error").path("message"));
    return why == null ? words(json.path("output")) : why;
  }

  private List<PromptEvent> ended(JsonNode json) {
    JsonNode told = json.path("stats");
    used(
        new PromptUsage(
            count(told.path("input_tokens")),
            count(told.path("output_tokens")),
            count(told.path("cached")),
            null));
    return json.path("status").asString("").equals("error")
        ? List.of(error(json.path("error").path("message").asString("")))
        : List.of();
  }
}
