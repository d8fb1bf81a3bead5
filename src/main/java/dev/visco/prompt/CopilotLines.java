package dev.visco.prompt;

import dev.visco.wire.PromptEvent;
import dev.visco.wire.PromptEvent.PromptUsage;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Copilot CLI's {@code --output-format json}: events of a session, with what they are in data. */
final class CopilotLines extends PromptLines {
  @Override
  List<PromptEvent> of(JsonNode json) {
    JsonNode data = json.path("data");
    return switch (json.path("type").asString("")) {
      case "session.start" ->
          List.of(
              PromptEvent.metadata(
                  string(data.path("sessionId")), string(data.path("selectedModel"))));
      case "assistant.message" -> {
        String said = string(data.path("content"));
        yield said == null ? List.of() : List.of(text(PromptEvent.CONTENT, said));
      }
      case "assistant.reasoning" ->
          List.of(text(PromptEvent.THINKING, data.path("content").asString("")));
      case "tool.execution_start" ->
          List.of(use(data.path("toolCallId"), data.path("toolName"), data.path("arguments")));
      case "tool.execution_complete" -> {
        boolean isFailed = !data.path("success").asBoolean(true);
        JsonNode output =
            isFailed ? data.path("error").path("message") : data.path("result").path("content");
        yield List.of(result(data.path("toolCallId"), words(output), isFailed));
      }
      case "assistant.usage" -> {
        usedMore(
            new PromptUsage(
                count(data.path("inputTokens")),
                count(data.path("outputTokens")),
                count(data.path("cacheReadTokens")),
                null));
        yield List.of();
      }
      case "session.error" -> List.of(error(data.path("message").asString("")));
      default -> List.of();
    };
  }
}
