package dev.visco.prompt;

import dev.visco.wire.PromptEvent;
import dev.visco.wire.PromptEvent.PromptUsage;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** opencode's {@code run --format json}: parts of its steps. */
final class OpencodeLines extends PromptLines {
  private boolean isBegun;

  @Override
  List<PromptEvent> of(JsonNode json) {
    var events = new ArrayList<PromptEvent>();
    String session = string(json.path("sessionID"));
    if (session != null && !isBegun) {
      isBegun = true;
      events.add(PromptEvent.metadata(session, null));
    }
    JsonNode part = json.path("part");
    switch (json.path("type").asString("")) {
      case "text" -> events.add(text(PromptEvent.CONTENT, part.path("text").asString("")));
      case "reasoning" -> events.add(text(PromptEvent.THINKING, part.path("text").asString("")));
      case "tool_use" -> tool(part, events);
      case "step_finish" -> used(part);
      case "error" -> events.add(error(why(json)));
      default -> {} // The begin of a step, or of a newer version.
    }
    return events;
  }

  /** A tool is told of when it has ended. */
  private static void tool(JsonNode part, List<PromptEvent> events) {
    JsonNode state = part.path("state");
    boolean isFailed = state.path("status").asString("").equals("error");
    events.add(use(part.path("callID"), part.path("tool"), state.path("input")));
    events.add(
        result(part.path("callID"), words(state.path(isFailed ? "error" : "output")), isFailed));
  }

  private void used(JsonNode part) {
    JsonNode tokens = part.path("tokens");
    usedMore(
        new PromptUsage(
            count(tokens.path("input")),
            count(tokens.path("output")),
            count(tokens.path("cache").path("read")),
            dollars(part.path("cost"))));
  }

  private static String why(JsonNode json) {
    String message = string(json.path("error").path("data").path("message"));
    if (message == null) {
      message = string(json.path("error").path("message"));
    }
    return message == null ? json.path("message").asString("") : message;
  }
}
