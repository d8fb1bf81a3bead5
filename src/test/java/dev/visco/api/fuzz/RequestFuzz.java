package dev.visco.api.fuzz;

import dev.visco.wire.Json;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Requests made of the API's own description: right ones, and ones with something wrong. */
final class RequestFuzz {
  private static final List<String> METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW");
  private static final List<String> BROKEN =
      List.of(
          "{", "[", "\"", "{\"a\":}", "nul", "[[[[[[[[", "{}{}", "\u0001", "{\"userId\":1e999}");
  private static final List<String> TYPES =
      List.of(
          "application/json",
          "application/json; charset=utf-8",
          "application/merge-patch+json",
          "text/plain",
          "application/json; charset=utf-16",
          "multipart/form-data",
          ";;;");

  /** A stream that would go on, or a secret by which all others are made. */
  private static final Set<String> NOT_SENT = Set.of("follow");

  /** An operation of the description. */
  private record Operation(String method, String path, JsonNode said) {}

  /** A request, ready to be sent. */
  record FuzzRequest(String method, String target, String head, byte[] bytes) {}

  private final List<Operation> operations = new ArrayList<>();
  private final List<String> vms = new ArrayList<>(List.of("vm-0000dead"));
  private final FuzzValues values;
  private final String token;

  /**
   * @param left names of operations that are not called
   */
  RequestFuzz(JsonNode document, Set<String> left, String token, RandomGenerator random) {
    this.values = new FuzzValues(random, document);
    this.token = token;
    for (var path : document.path("paths").properties()) {
      for (var operation : path.getValue().properties()) {
        JsonNode said = operation.getValue();
        if (!left.contains(said.path("operationId").asString())
            && !said.path("responses").has("101")) {
          operations.add(
              new Operation(operation.getKey().toUpperCase(Locale.ROOT), path.getKey(), said));
        }
      }
    }
  }

  /** How many operations are called. */
  int operations() {
    return operations.size();
  }

  /** From now on requests are about this VM too. */
  void made(String vm) {
    if (vms.size() > 8) {
      vms.removeFirst();
    }
    vms.add(vm);
  }

  FuzzRequest next() {
    Operation operation = values.one(operations);
    String method = values.chance(0.04) ? values.one(METHODS) : operation.method();
    String target = path(operation.path()) + query(operation.said());
    if (values.chance(0.3)) {
      target = target.replaceFirst("^/api/v1(?=/|$)", "/api");
    }
    byte[] body = body(operation.said());
    var head = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n");
    headers(head, operation.said(), body.length > 0);
    head.append("Content-Length: ").append(body.length).append("\r\n\r\n");
    var all = new ByteArrayOutputStream();
    all.writeBytes(head.toString().getBytes(StandardCharsets.UTF_8));
    all.writeBytes(body);
    return new FuzzRequest(method, target, head.toString(), all.toByteArray());
  }

  private String path(String template) {
    var path = new StringBuilder();
    for (String part : template.substring(1).split("/", -1)) {
      path.append('/').append(part.startsWith("{") ? name(part) : part);
    }
    if (values.chance(0.02)) {
      path.append(values.one(List.of("/", "//", "/%2e%2e/x", "/..", ";x=1", "/x", "%zz", "%00")));
    }
    return path.toString();
  }

  private String name(String part) {
    if (values.chance(0.15)) {
      String text = encoded(values.text());
      return text.isEmpty() ? "x" : text;
    }
    return switch (part) {
      case "{id}" -> values.one(vms);
      case "{user}" -> values.one(List.of("anna", "bert"));
      case "{name}" -> values.one(List.of("data", "clean", "cli"));
      default -> values.one(List.of("1", "app", "qemu"));
    };
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private String query(JsonNode said) {
    var parts = new ArrayList<String>();
    for (JsonNode one : said.path("parameters")) {
      String name = one.path("name").asString();
      if (!one.path("in").asString().equals("query") || NOT_SENT.contains(name)) {
        continue;
      }
      if (name.equals("timeout")) {
        parts.add("timeout=" + values.one(List.of("1ms", "0s", "2ms", "5ms", "x")));
      } else if (values.chance(one.path("required").asBoolean(false) ? 0.9 : 0.25)) {
        parts.add(name + "=" + encoded(value(name, one.path("schema"))));
      }
    }
    if (values.chance(0.04)) {
      parts.add(encoded(values.text()) + "=" + encoded(values.text()));
    }
    if (values.chance(0.01)) {
      parts.add("%zz");
    }
    return parts.isEmpty() ? "" : "?" + String.join("&", parts);
  }

  private String value(String name, JsonNode schema) {
    if (values.chance(0.15)) {
      return values.text();
    }
    if (schema.has("enum")) {
      return values.one(schema.path("enum").valueStream().toList()).asString();
    }
    return switch (schema.path("type").asString()) {
      case "boolean" -> values.one(List.of("true", "false", "1", "yes"));
      case "integer" -> values.one(List.of("0", "1", "2", "3", "1000", "-1", "1e3"));
      default -> name.equals("user") ? "anna" : values.text();
    };
  }

  private void headers(StringBuilder head, JsonNode said, boolean hasBody) {
    if (!values.chance(0.03)) {
      head.append("Authorization: Bearer ").append(token).append("\r\n");
    }
    if (hasBody && values.chance(0.8)) {
      head.append("Content-Type: ")
          .append(values.chance(0.9) ? "application/json" : values.one(TYPES))
          .append("\r\n");
    }
    for (JsonNode one : said.path("parameters")) {
      String name = one.path("name").asString();
      if (one.path("in").asString().equals("header")
          && !name.equals("Accept")
          && values.chance(0.1)) {
        head.append(name)
            .append(": ")
            .append(values.one(List.of("\"1\"", "*", "k1", "k2", "x")))
            .append("\r\n");
      }
    }
  }

  private byte[] body(JsonNode said) {
    JsonNode content = said.path("requestBody").path("content");
    if (content.isMissingNode() && values.chance(0.95)) {
      return new byte[0];
    }
    if (values.chance(0.03)) {
      return values.one(BROKEN).getBytes(StandardCharsets.UTF_8);
    }
    JsonNode schema = content.path("application/json").path("schema");
    if (schema.isMissingNode()) {
      return values.text().getBytes(StandardCharsets.UTF_8);
    }
    JsonNode value = values.of(schema, 0);
    if (value instanceof ObjectNode object && values.chance(0.5)) {
      complete(said.path("operationId").asString(), object);
    }
    return Json.line(value).getBytes(StandardCharsets.UTF_8);
  }

  /** Gives a request what it cannot do without, so that more is done than refused. */
  private void complete(String operation, ObjectNode body) {
    String user = "u" + values.number(40);
    Map<String, Map<String, String>> needed =
        Map.of(
            "createVm", Map.of("userId", user, "vmType", "cli"),
            "createVmToo", Map.of("userId", user, "vmType", "cli"),
            "createVolume", Map.of("userId", "anna", "name", "data", "size", "64m"),
            "createUser", Map.of("id", "bert"),
            "createToken", Map.of("name", "app", "role", "operator"));
    if (needed.containsKey(operation)) {
      body.removeAll();
      needed
          .get(operation)
          .forEach((name, value) -> body.set(name, JsonNodeFactory.instance.stringNode(value)));
    }
  }
}
