package dev.visco.clients;

import dev.visco.api.FakeServices;
import dev.visco.api.openapi.DescriptionRoutes;
import dev.visco.api.openapi.OpenApi;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The description of the API, as generators of clients need it: what its operations come to. */
final class ApiModel {
  private static final String JSON = "application/json";
  private static final String NDJSON = "application/x-ndjson";
  private static final String EVENTS = "text/event-stream";
  private final JsonNode document;

  private ApiModel(JsonNode document) {
    this.document = document;
  }

  /** Of the routes that there are. */
  static ApiModel of(Path folder) {
    return new ApiModel(OpenApi.of(DescriptionRoutes.with(new FakeServices(folder).routes())));
  }

  /** A parameter of a path, a query or a header. */
  record Parameter(String name, String in, String meaning, boolean isRequired, JsonNode schema) {}

  /** What is sent. */
  sealed interface Body {
    /** A JSON document. */
    record Document(JsonNode schema) implements Body {}

    /** Bytes of a media type. */
    record Content(String type) implements Body {}
  }

  /** What is answered. */
  sealed interface Answer {
    record Nothing() implements Answer {}

    /** A JSON document. */
    record Document(JsonNode schema) implements Answer {}

    /** A list in pages. */
    record Listing(JsonNode entry) implements Answer {}

    /** Lines of progress, and a result, by its name, at last. */
    record Work(String result, JsonNode schema) implements Answer {}

    /** Bytes or text of some media type. */
    record Bytes() implements Answer {}
  }

  /**
   * An operation that is no WebSocket.
   *
   * @param role the least that a token must have
   * @param body null for none
   * @param answer null for one that has events only
   * @param event the schema of each, for those that can answer with events as they come
   * @param accepted statuses from 400 on that are no failure
   */
  record Operation(
      String name,
      String summary,
      String role,
      String method,
      String path,
      List<Parameter> parameters,
      @Nullable Body body,
      @Nullable Answer answer,
      @Nullable JsonNode event,
      List<Integer> accepted) {
    List<Parameter> pathParameters() {
      return parameters.stream().filter(one -> one.in().equals("path")).toList();
    }

    /** Those of the query and of headers. */
    List<Parameter> options() {
      return parameters.stream().filter(one -> !one.in().equals("path")).toList();
    }

    boolean takes(String parameter) {
      return parameters.stream().anyMatch(one -> one.name().equals(parameter));
    }
  }

  /** Schemas by name. */
  Map<String, JsonNode> schemas() {
    var schemas = new LinkedHashMap<String, JsonNode>();
    document
        .path("components")
        .path("schemas")
        .properties()
        .forEach(one -> schemas.put(one.getKey(), one.getValue()));
    return schemas;
  }

  /** In the order of their paths; the second name of an operation is left out. */
  List<Operation> operations() {
    var operations = new ArrayList<Operation>();
    document
        .path("paths")
        .properties()
        .forEach(path ->
            path.getValue().properties().stream()
                .map(one -> operation(path.getKey(), one.getKey(), one.getValue()))
                .flatMap(Optional::stream)
                .filter(one -> !one.name().endsWith("Too"))
                .forEach(operations::add));
    return operations;
  }

  private static Optional<Operation> operation(String path, String method, JsonNode said) {
    if (said.path("responses").has("101")) {
      return Optional.empty();
    }
    Map<String, Set<JsonNode>> contents = contents(said);
    JsonNode events =
        Stream.of(EVENTS, NDJSON)
            .filter(type -> contents.containsKey(type) && !isWork(first(contents, type)))
            .findFirst()
            .map(type -> first(contents, type))
            .orElse(null);
    return Optional.of(
        new Operation(
            said.path("operationId").asString(),
            said.path("summary").asString(),
            said.path("x-role").asString(),
            method.toUpperCase(java.util.Locale.ROOT),
            path,
            parameters(said),
            body(said),
            answer(contents, events != null),
            events,
            said.path("responses")
                .propertyStream()
                .map(Map.Entry::getKey)
                .filter(status -> status.matches("[45]\\d\\d"))
                .map(Integer::valueOf)
                .toList()));
  }

  private static JsonNode first(Map<String, Set<JsonNode>> contents, String type) {
    return contents.getOrDefault(type, Set.of()).iterator().next();
  }

  private static boolean isWork(JsonNode schema) {
    return schema.path("oneOf").path(0).path("properties").has("doing");
  }

  private static List<Parameter> parameters(JsonNode said) {
    return said.path("parameters")
        .valueStream()
        .filter(one -> !one.path("name").asString().equals("Accept"))
        .map(one ->
            new Parameter(
                one.path("name").asString(),
                one.path("in").asString(),
                one.path("description").asString(),
                one.path("required").asBoolean(false),
                one.path("schema")))
        .toList();
  }

  private static @Nullable Body body(JsonNode said) {
    JsonNode content = said.path("requestBody").path("content");
    if (content.isEmpty()) {
      return null;
    }
    return content.has(JSON)
        ? new Body.Document(content.path(JSON).path("schema"))
        : new Body.Content(content.propertyNames().iterator().next());
  }

  /** Schemas by media type, of answers that are no problems; those of the lowest status first. */
  private static Map<String, Set<JsonNode>> contents(JsonNode said) {
    var contents = new LinkedHashMap<String, Set<JsonNode>>();
    said.path("responses")
        .properties()
        .forEach(response -> {
          if (response.getKey().matches("\\d+")) {
            response
                .getValue()
                .path("content")
                .properties()
                .forEach(one ->
                    contents
                        .computeIfAbsent(one.getKey(), _ -> new LinkedHashSet<>())
                        .add(one.getValue().path("schema")));
          }
        });
    return contents;
  }

  private static @Nullable Answer answer(Map<String, Set<JsonNode>> contents, boolean hasEvents) {
    if (contents.isEmpty()) {
      return new Answer.Nothing();
    }
    if (!Set.of(JSON, NDJSON, EVENTS).containsAll(contents.keySet())) {
      return new Answer.Bytes();
    }
    if (contents.containsKey(JSON)) {
      // A second schema is that of another operation, like exec with detach.
      JsonNode schema = first(contents, JSON);
      JsonNode items = schema.path("properties").path("items");
      return schema.path("properties").has("next")
          ? new Answer.Listing(items.path("items"))
          : new Answer.Document(schema);
    }
    if (hasEvents) {
      return null;
    }
    JsonNode result = first(contents, NDJSON).path("oneOf").path(1).path("properties");
    var only = result.properties().iterator().next();
    return new Answer.Work(only.getKey(), only.getValue());
  }
}
