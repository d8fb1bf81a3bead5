package dev.visco.prompt;

import dev.visco.wire.PromptEvent;
import dev.visco.wire.PromptEvent.PromptUsage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Codex's {@code exec --json}: a thread of turns, and items that begin and end within them. */
final class CodexLines extends PromptLines {
  @Override
  List<PromptEvent> of(JsonNode json) {
    return switch (json.path("type").asString("")) {
      case "thread.started" -> List.of(PromptEvent.metadata(string(json.path("thread_id")), null));
      case "item.started" -> started(json.path("item"));
      case "item.completed" -> completed(json.path("item"));
      case "turn.completed" -> {
        JsonNode told = json.path("usage");
        usedMore(
            new PromptUsage(
                count(told.path("input_tokens")),
                count(told.path("output_tokens")),
                count(told.path("cached_input_tokens")),
                null));
        yield List.of();
      }
      case "turn.failed" -> List.of(error(json.path("error").path("message").asString("")));
      case "error" -> List.of(error(json.path("message").asString("")));
      default -> List.of();
    };
  }

  private static List<PromptEvent> started(JsonNode item) {
    return switch (item.path("type").asString("")) {
      case "command_execution" ->
          List.of(use(item.path("id"), item.path("type"), item.path("command")));
      case "mcp_tool_call" ->
          List.of(use(item.path("id"), item.path("tool"), item.path("arguments")));
      case "web_search" -> List.of(use(item.path("id"), item.path("type"), item.path("query")));
      default -> List.of();
    };
  }

  private static List<PromptEvent> completed(JsonNode item) {
    return switch (item.path("type").asString("")) {
      case "agent_message" -> List.of(text(PromptEvent.CONTENT, item.path("text").asString("")));
      case "reasoning" -> List.of(text(PromptEvent.THINKING, item.path("text").asString("")));
      case "command_execution" -> {
        JsonNode code = item.path("exit_code");
        boolean isFailed = isFailed(item) || (code.isInt() && code.asInt() != 0);
        yield List.of(result(item.path("id"), words(item.path("aggregated_output")), isFailed));
      }
      case "mcp_tool_call" -> List.of(result(item.path("id"), said(item), isFailed(item)));
      case "web_search" -> List.of(result(item.path("id"), null, false));
      case "file_change" -> {
        // It is told when it is done, and not before.
        var events = new ArrayList<PromptEvent>();
        events.add(use(item.path("id"), item.path("type"), item.path("changes")));
        events.add(result(item.path("id"), null, isFailed(item)));
        yield events;
      }
      case "error" -> List.of(text(PromptEvent.LOG, item.path("message").asString("")));
      default -> List.of();
    };
  }

  private static boolean isFailed(JsonNode item) {
    return item.path("status").asString("").equals("failed");
  }

  private static @Nullable String said(JsonNode item) {
    String why = string(item.path("error").path("message"));
    return why == null ? words(item.path("result")) : why;
  }
}
