package dev.visco.api.openapi;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.description.RouteAnswer;
import dev.visco.api.description.RouteContent;
import dev.visco.api.description.RouteDescription;
import dev.visco.api.http.Role;
import dev.visco.api.http.Route;
import dev.visco.api.http.RouteCall;
import dev.visco.wire.ProblemDocument;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The description of all routes (OpenAPI 3.1), as they are below {@code /api/v1}. */
public final class OpenApi {
  private static final String PROBLEM = "application/problem+json";
  private static final String WORDS =
      """
      Every path below /api/v1 is also there below /api, where lists are bare arrays and each has \
      a parameter of its own for the next page. Whatever is refused is answered with a problem \
      document (RFC 9457) that names the field, its value, and what to do about it.\
      """;

  private final JsonSchemas schemas = new JsonSchemas();

  private OpenApi() {}

  /**
   * The document.
   *
   * @throws IllegalArgumentException for a route that says too little about itself; the message
   *     tells what to add
   */
  public static JsonNode of(List<Route> routes) {
    return new OpenApi().document(routes);
  }

  private static ObjectNode node() {
    return JsonNodeFactory.instance.objectNode();
  }

  private ObjectNode document(List<Route> routes) {
    ObjectNode document = node();
    document.put("openapi", "3.1.0");
    document.putObject("info").put("title", "Visco").put("version", "1").put("description", WORDS);
    document.putArray("servers").addObject().put("url", "/");
    Map<String, ObjectNode> paths = new TreeMap<>();
    for (Route route : routes) {
      ObjectNode path = paths.computeIfAbsent(RouteCall.versioned(route.template()), _ -> node());
      String method = route.isWebSocket() ? "get" : route.method().toLowerCase(Locale.ROOT);
      if (path.has(method)) {
        throw new IllegalArgumentException(route.template() + " has " + method + " twice");
      }
      path.set(method, operation(route));
    }
    ObjectNode all = document.putObject("paths");
    paths.forEach(all::set);
    schemas.of(ProblemDocument.class);
    ObjectNode components = document.putObject("components");
    components.set("schemas", schemas.named());
    components
        .putObject("securitySchemes")
        .putObject("token")
        .put("type", "http")
        .put("scheme", "bearer");
    return document;
  }

  private ObjectNode operation(Route route) {
    RouteDescription said = route.description();
    ObjectNode operation = node();
    operation.put("operationId", said.name());
    operation.put("summary", said.summary());
    operation.putArray("tags").add(tag(route.template()));
    operation.put("x-role", route.role().word());
    if (route.role() == Role.ANYBODY) {
      operation.putArray("security");
    } else {
      operation.putArray("security").addObject().putArray("token");
    }
    ArrayNode parameters = JsonNodeFactory.instance.arrayNode();
    path(route.template(), parameters);
    said.parameters(true).forEach(one -> parameters.add(parameter(one, "query")));
    said.headers().forEach(one -> parameters.add(parameter(one, "header")));
    if (!parameters.isEmpty()) {
      operation.set("parameters", parameters);
    }
    RouteContent body = said.body();
    if (body != null) {
      operation.putObject("requestBody").set("content", content(List.of(body), true));
    }
    operation.set("responses", responses(route));
    return operation;
  }

  /** The part of a path that says what it is about. */
  private static String tag(String template) {
    String[] parts = template.split("/", -1);
    return parts.length > 2 ? parts[2] : "daemon";
  }

  private static void path(String template, ArrayNode parameters) {
    String[] parts = template.split("/", -1);
    for (int at = 1; at < parts.length; at++) {
      if (parts[at].startsWith("{")) {
        String name = parts[at].substring(1, parts[at].length() - 1);
        ObjectNode parameter = parameters.addObject();
        parameter.put("name", name).put("in", "path").put("required", true);
        parameter.put("description", PathParameters.meaning(parts[at - 1], name));
        parameter.putObject("schema").put("type", "string");
      }
    }
  }

  private static ObjectNode parameter(QueryParameter one, String in) {
    ObjectNode parameter = node();
    parameter.put("name", one.name()).put("in", in).put("description", one.meaning());
    if (one.isRequired()) {
      parameter.put("required", true);
    }
    ObjectNode schema = parameter.putObject("schema");
    switch (one.kind()) {
      case TEXT -> schema.put("type", "string");
      case FLAG -> schema.put("type", "boolean");
      case NUMBER -> schema.put("type", "integer").put("minimum", 0);
      case DURATION -> schema.put("type", "string").put("pattern", "^[0-9]+(ms|s|m|h|d)$");
      case TIME -> schema.put("type", "string").put("format", "date-time");
      case WORD -> {
        ArrayNode words = schema.put("type", "string").putArray("enum");
        one.words().forEach(words::add);
      }
    }
    return parameter;
  }

  private ObjectNode responses(Route route) {
    ObjectNode responses = node();
    Map<Integer, List<RouteAnswer>> byStatus = new TreeMap<>();
    for (RouteAnswer answer : route.description().answers()) {
      byStatus.computeIfAbsent(answer.status(), _ -> new java.util.ArrayList<>()).add(answer);
    }
    byStatus.forEach((status, answers) -> {
      ObjectNode response = responses.putObject(status.toString());
      response.put(
          "description", String.join("; ", answers.stream().map(RouteAnswer::meaning).toList()));
      ObjectNode content = content(answers.stream().map(RouteAnswer::content).toList(), false);
      if (!content.isEmpty()) {
        response.set("content", content);
      }
    });
    if (route.isWebSocket()) {
      responses.putObject("101").put("description", "goes on as a WebSocket");
    }
    for (String problems : List.of("4XX", "5XX")) {
      ObjectNode problem = responses.putObject(problems);
      problem.put("description", problems.equals("4XX") ? "it is refused" : "the host failed");
      ObjectNode type = problem.putObject("content").putObject(PROBLEM);
      type.set("schema", schemas.of(ProblemDocument.class));
    }
    return responses;
  }

  /** By media type; several of one type are alternatives. */
  private ObjectNode content(List<RouteContent> contents, boolean isBody) {
    ObjectNode all = node();
    for (RouteContent one : contents) {
      if (one instanceof RouteContent.Nothing) {
        continue;
      }
      ObjectNode schema = schema(one, isBody);
      ObjectNode known = (ObjectNode) all.get(one.mediaType());
      if (known == null) {
        all.putObject(one.mediaType()).set("schema", schema);
      } else {
        ObjectNode either = node();
        either.putArray("anyOf").add(known.get("schema")).add(schema);
        known.set("schema", either);
      }
    }
    return all;
  }

  private ObjectNode schema(RouteContent content, boolean isBody) {
    return switch (content) {
      case RouteContent.Document(Class<?> type) -> isBody ? schemas.body(type) : schemas.of(type);
      case RouteContent.Items(Class<?> type) -> items(schemas.of(type));
      case RouteContent.Sequence(_, Class<?> type) -> schemas.of(type);
      case RouteContent.Progress(String result, Class<?> type) -> progress(result, type);
      case RouteContent.Raw(String type) ->
          type.startsWith("text/") ? node().put("type", "string") : node();
      case RouteContent.Nothing _ -> node();
    };
  }

  private static ObjectNode items(ObjectNode each) {
    ObjectNode page = node().put("type", "object");
    ObjectNode properties = page.putObject("properties");
    properties.putObject("items").put("type", "array").set("items", each);
    ObjectNode next = properties.putObject("next");
    next.putArray("type").add("string").add("null");
    next.put("description", "the cursor of the next page; null on the last one");
    page.putArray("required").add("items").add("next");
    return page;
  }

  /** One line of it. */
  private ObjectNode progress(String result, Class<?> type) {
    ObjectNode line = node();
    ArrayNode either = line.putArray("oneOf");
    ObjectNode doing = either.addObject().put("type", "object");
    doing.putObject("properties").putObject("doing").put("type", "string");
    ((ObjectNode) doing.get("properties")).putObject("fraction").put("type", "number");
    doing.putArray("required").add("doing").add("fraction");
    alternative(either, result, schemas.of(type));
    alternative(either, "problem", schemas.of(ProblemDocument.class));
    return line;
  }

  private static void alternative(ArrayNode either, String name, ObjectNode schema) {
    ObjectNode one = either.addObject().put("type", "object");
    one.putObject("properties").set(name, schema);
    one.putArray("required").add(name);
  }
}
