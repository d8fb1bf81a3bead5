package dev.visco.prompt;

import dev.visco.wire.Json;
import dev.visco.wire.PromptEvent;
import dev.visco.wire.PromptEvent.PromptUsage;
import dev.visco.wire.PromptEvent.ToolUse;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Makes events of the lines that a tool prints. A guest may print anything: what is no event of the
 * tool's is passed on as {@link PromptEvent#LOG}.
 */
abstract class PromptLines {
  /** Characters of one text; the rest of it is left out. */
  private static final int MAX_TEXT = 128 << 10;

  private PromptUsage usage = PromptUsage.UNKNOWN;

  /** The events of a line, without its end. */
  List<PromptEvent> events(String line) {
    if (line.isBlank()) {
      return List.of();
    }
    JsonNode json;
    try {
      json = Json.read(line, JsonNode.class);
    } catch (JacksonException e) {
      return List.of(text(PromptEvent.LOG, line));
    }
    return json.isObject() ? of(json) : List.of(text(PromptEvent.LOG, line));
  }

  /** The events of a JSON object; none for what tells users nothing. */
  abstract List<PromptEvent> of(JsonNode json);

  /** What the tool has told of its costs. */
  PromptUsage usage() {
    return usage;
  }

  /** It has told all. */
  void used(PromptUsage all) {
    usage = all;
  }

  /** It has told of one step more. */
  void usedMore(PromptUsage step) {
    usage = usage.plus(step);
  }

  static PromptEvent text(String type, String text) {
    return PromptEvent.text(type, cut(text));
  }

  private static String cut(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…";
  }

  static PromptEvent error(String message) {
    return text(PromptEvent.ERROR, message.isBlank() ? "The tool tells no reason." : message);
  }

  static PromptEvent use(JsonNode id, JsonNode name, JsonNode input) {
    return PromptEvent.tool(
        PromptEvent.TOOL, new ToolUse(string(id), string(name), plain(input), null, null));
  }

  static PromptEvent result(JsonNode id, @Nullable String output, boolean isFailed) {
    return PromptEvent.tool(
        PromptEvent.TOOL_RESULT,
        new ToolUse(
            string(id), null, null, output == null ? null : cut(output), isFailed ? true : null));
  }

  /** The text of a node; null when it has none. */
  static @Nullable String string(JsonNode node) {
    return node.isString() && !node.asString().isEmpty() ? node.asString() : null;
  }

  /** The text of a node that may be a text or anything else. */
  static @Nullable String words(JsonNode node) {
    if (node.isMissingNode() || node.isNull()) {
      return null;
    }
    return node.isString() ? node.asString() : node.toString();
  }

  private static @Nullable Object plain(JsonNode node) {
    if (node.isMissingNode() || node.isNull()) {
      return null;
    }
    return node.toString().length() <= MAX_TEXT ? node : cut(node.toString());
  }

  static @Nullable Long count(JsonNode node) {
    return node.canConvertToLong() ? Long.valueOf(node.asLong()) : null;
  }

  static @Nullable Double dollars(JsonNode node) {
    return node.isNumber() ? Double.valueOf(node.asDouble()) : null;
  }
}
