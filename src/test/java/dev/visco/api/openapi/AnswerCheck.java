package dev.visco.api.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.http.Route;
import dev.visco.api.http.RouteCall;
import dev.visco.wire.Json;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.eclipse.jetty.util.URIUtil;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whether an answer is one that the description of the API has, in status, media type and content.
 * Clients of tests ask it about every answer that they get.
 */
public final class AnswerCheck {
  private final List<Route> routes;
  private final JsonNode document;
  private final SchemaCheck schemas;

  /** Routes of tests alone that are not named are not described, and not checked. */
  public AnswerCheck(List<Route> routes) {
    this.routes =
        DescriptionRoutes.with(routes).stream()
            .filter(route -> !route.description().name().isEmpty())
            .toList();
    this.document = OpenApi.of(this.routes);
    this.schemas = new SchemaCheck(document);
  }

  /** Fails with what of an answer is not described. */
  public void check(String method, String target, int status, String type, String body) {
    // What stands before "/../" is no part of the path that the server finds.
    String path =
        Objects.requireNonNullElse(URIUtil.normalizePath(target.split("\\?", 2)[0]), target);
    boolean isVersioned = path.equals("/api/v1") || path.startsWith("/api/v1/");
    String plain = isVersioned ? "/api" + path.substring("/api/v1".length()) : path;
    String asked = method.equals("HEAD") ? "GET" : method;
    Optional<Route> route =
        routes.stream()
            .filter(one -> !one.isWebSocket() && one.method().equals(asked))
            .filter(one -> one.match(plain).isPresent())
            .findFirst();
    if (route.isPresent()) {
      String place = method + " " + target + " -> " + status + " " + type;
      check(route.get(), isVersioned, place, status, type, method.equals("HEAD") ? "" : body);
    }
  }

  private void check(
      Route route, boolean isVersioned, String place, int status, String type, String body) {
    JsonNode responses =
        document
            .path("paths")
            .path(RouteCall.versioned(route.template()))
            .path(route.method().toLowerCase(Locale.ROOT))
            .path("responses");
    JsonNode response =
        responses.has(status + "")
            ? responses.get(status + "")
            : responses.path(status / 100 + "XX");
    if (status == 304) {
      return;
    }
    assertThat(response.isObject()).as(place + " is described").isTrue();
    if (!response.has("content")) {
      assertThat(body).as(place).isEmpty();
      return;
    }
    JsonNode content = response.get("content").path(type);
    assertThat(content.isObject()).as(place + ": the type is described").isTrue();
    JsonNode schema =
        isVersioned || !route.description().isList()
            ? content.get("schema")
            : bare(content.get("schema"));
    if (body.isEmpty()) {
      return;
    }
    if (type.equals("application/x-ndjson")) {
      body.lines().forEach(line -> fits(place, schema, line));
    } else if (type.endsWith("json")) {
      fits(place, schema, body);
    }
  }

  /** The list alone, as it is outside of {@code /api/v1}. */
  private static JsonNode bare(JsonNode schema) {
    if (schema.has("anyOf")) {
      ObjectNode either = JsonNodeFactory.instance.objectNode();
      var all = either.putArray("anyOf");
      schema.get("anyOf").forEach(one -> all.add(bare(one)));
      return either;
    }
    JsonNode items = schema.path("properties").path("items");
    return schema.path("properties").has("next") && items.isObject() ? items : schema;
  }

  private void fits(String place, JsonNode schema, String body) {
    assertThat(schemas.of(schema, Json.read(body, JsonNode.class)))
        .as("%s%nhas what the description says:%n%s", place, body)
        .isEmpty();
  }
}
