package dev.visco.prompt;

import dev.visco.wire.PromptEvent;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A tool that prints its answer alone. */
final class TextLines extends PromptLines {
  @Override
  List<PromptEvent> events(String line) {
    return List.of(text(PromptEvent.CONTENT, line + "\n"));
  }

  @Override
  List<PromptEvent> of(JsonNode json) {
    return events(json.toString());
  }
}
