package dev.visco.signin.standin;

import dev.visco.wire.Json;
import java.util.List;
import java.util.Map;

/** What a stand-in answers. */
record StandInAnswer(int status, Map<String, String> fields, String body) {
  static StandInAnswer json(int status, Object document) {
    return new StandInAnswer(
        status, Map.of("Content-Type", "application/json"), Json.line(document));
  }

  static StandInAnswer page(String text) {
    return new StandInAnswer(
        200,
        Map.of("Content-Type", "text/html; charset=utf-8"),
        "<!DOCTYPE html><title>Sign in</title><h1>" + text + "</h1>");
  }

  static StandInAnswer redirect(String to) {
    return new StandInAnswer(303, Map.of("Location", to), "");
  }

  /** Server-sent events, each named by its field {@code type}. */
  static StandInAnswer events(List<Map<String, ?>> events) {
    var body = new StringBuilder();
    for (Map<String, ?> event : events) {
      body.append("event: ").append(event.get("type"));
      body.append("\ndata: ").append(Json.line(event)).append("\n\n");
    }
    return new StandInAnswer(200, Map.of("Content-Type", "text/event-stream"), body.toString());
  }
}
