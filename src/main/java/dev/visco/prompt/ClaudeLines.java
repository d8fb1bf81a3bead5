package dev.visco.prompt;

import dev.visco.wire.PromptEvent;
import dev.visco.wire.PromptEvent.PromptUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Claude Code's {@code --output-format stream-json}: messages in the form of the Messages API, a
 * {@code system} object first and a {@code result} last.
 */
final class ClaudeLines extends PromptLines {
  @Override
  List<PromptEvent> of(JsonNode json) {
    return switch (json.path("type").asString("")) {
      case "system" ->
          json.path("subtype").asString("").equals("init")
              ? List.of(
                  PromptEvent.metadata(string(json.path("session_id")), string(json.path("model"))))
              : List.of();
      case "assistant", "user" -> parts(json.path("message").path("content"));
      case "result" -> result(json);
      default -> List.of();
    };
  }

  private static List<PromptEvent> parts(JsonNode content) {
    var events = new ArrayList<PromptEvent>();
    for (JsonNode part : content) {
      switch (part.path("type").asString("")) {
        case "text" -> events.add(text(PromptEvent.CONTENT, part.path("text").asString("")));
        case "thinking" ->
            events.add(text(PromptEvent.THINKING, part.path("thinking").asString("")));
        case "tool_use" -> events.add(use(part.path("id"), part.path("name"), part.path("input")));
        case "tool_result" ->
            events.add(
                result(
                    part.path("tool_use_id"),
                    said(part.path("content")),
                    part.path("is_error").asBoolean(false)));
        default -> {} // Of a newer version.
      }
    }
    return events;
  }

  /** A text, or several parts with texts. */
  private static @Nullable String said(JsonNode content) {
    return content.isArray()
        ? content
            .valueStream()
            .map(part -> part.path("text").asString(""))
            .collect(Collectors.joining())
        : words(content);
  }

  private List<PromptEvent> result(JsonNode json) {
    JsonNode told = json.path("usage");
    used(
        new PromptUsage(
            count(told.path("input_tokens")),
            count(told.path("output_tokens")),
            count(told.path("cache_read_input_tokens")),
            dollars(json.path("total_cost_usd"))));
    if (!json.path("is_error").asBoolean(false)) {
      return List.of(); // Its text is that of the last message.
    }
    String why = string(json.path("result"));
    return List.of(error(why == null ? json.path("subtype").asString("") : why));
  }
}
