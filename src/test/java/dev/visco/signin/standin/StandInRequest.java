package dev.visco.signin.standin;

import com.sun.net.httpserver.HttpExchange;
import dev.visco.wire.Json;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * A request to a stand-in.
 *
 * @param host as the request names it, with its port where there is one
 * @param fields of its head that the stand-ins look at, in lower case
 */
record StandInRequest(
    String method,
    String host,
    String path,
    String query,
    Map<String, String> fields,
    String body) {
  static StandInRequest of(HttpExchange exchange) throws IOException {
    var fields = new TreeMap<String, String>();
    for (String name : new String[] {"Authorization", "Content-Type", "ChatGPT-Account-ID"}) {
      String value = exchange.getRequestHeaders().getFirst(name);
      if (value != null) {
        fields.put(name.toLowerCase(Locale.ROOT), value);
      }
    }
    String query = exchange.getRequestURI().getRawQuery();
    return new StandInRequest(
        exchange.getRequestMethod(),
        String.valueOf(exchange.getRequestHeaders().getFirst("Host")),
        exchange.getRequestURI().getPath(),
        query == null ? "" : query,
        fields,
        new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
  }

  /** The token that it was sent with; empty for none. */
  String bearer() {
    String field = fields.getOrDefault("authorization", "");
    return field.startsWith("Bearer ") ? field.substring("Bearer ".length()) : "";
  }

  Map<String, String> parameters() {
    return form(query);
  }

  /** Its body, a form's or an object of JSON with texts. */
  Map<String, String> form() {
    if (!body.startsWith("{")) {
      return form(body);
    }
    var found = new TreeMap<String, String>();
    json().properties().forEach(it -> found.put(it.getKey(), it.getValue().asString("")));
    return found;
  }

  JsonNode json() {
    return Json.read(body.startsWith("{") ? body : "{}", JsonNode.class);
  }

  private static Map<String, String> form(String text) {
    var fields = new TreeMap<String, String>();
    for (String pair : text.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        fields.put(
            pair.substring(0, equals),
            URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    return fields;
  }
}
