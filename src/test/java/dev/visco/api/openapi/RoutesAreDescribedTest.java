package dev.visco.api.openapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.api.FakeServices;
import dev.visco.api.description.QueryParameter;
import dev.visco.api.description.RouteContent;
import dev.visco.api.http.Route;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Every route says about itself what {@code /openapi.json} needs. */
class RoutesAreDescribedTest {
  @TempDir private Path folder;
  private List<Route> routes;

  @BeforeEach
  void routes() {
    routes = DescriptionRoutes.with(new FakeServices(folder).routes());
  }

  /** What a route lacks; each line tells what to write behind it. */
  private static List<String> missing(Route route) {
    var missing = new ArrayList<String>();
    var said = route.description();
    if (!said.name().matches("[a-z][A-Za-z]+")) {
      missing.add(".named(\"verbNoun\", \"What it does, in a sentence.\")");
    } else if (!said.summary().matches("[A-Z].*\\.")) {
      missing.add("a sentence in .named(\"" + said.name() + "\", \"…\"), with its period");
    }
    if (said.answers().isEmpty() && !route.isWebSocket()) {
      missing.add(".answering(200, SomeDocument.class, \"what is in it\"), .listing or .inPages");
    }
    for (QueryParameter one : said.query()) {
      if (one.meaning().isBlank()) {
        missing.add("words for the parameter " + one.name());
      }
    }
    said.answers().stream()
        .filter(answer -> answer.meaning().isBlank())
        .forEach(answer -> missing.add("words for the answer " + answer.status()));
    return missing;
  }

  @Test
  void everyRouteSaysWhatItTakesAndAnswers() {
    var lacking = new ArrayList<String>();
    for (Route route : routes) {
      List<String> missing = missing(route);
      if (!missing.isEmpty()) {
        lacking.add(
            "Route.…(\"%s\", \"%s\", …) lacks %s"
                .formatted(route.method(), route.template(), String.join(", and ", missing)));
      }
    }
    assertThat(lacking).isEmpty();
  }

  @Test
  void aRouteThatSaysNothingIsFound() {
    assertThat(missing(Route.user("GET", "/api/x", exchange -> {}))).hasSize(2);
    assertThat(
            missing(
                Route.user("GET", "/api/x", exchange -> {})
                    .named("x", "no sentence")
                    .answering(200, new RouteContent.Nothing(), " ")))
        .hasSize(2);
  }

  @Test
  void noTwoRoutesHaveOneName() {
    var names = new HashSet<String>();
    assertThat(routes)
        .allSatisfy(route ->
            assertThat(names.add(route.description().name()))
                .as(route.description().name())
                .isTrue());
  }

  /** In both directions: nothing is described that is not there. */
  @Test
  void theDescriptionHasEveryRouteAndNoOther() {
    JsonNode document = OpenApi.of(routes);
    var described = new TreeSet<String>();
    for (var path : document.path("paths").properties()) {
      for (var operation : path.getValue().properties()) {
        described.add(operation.getKey() + " " + path.getKey());
      }
    }
    var there = new TreeSet<String>();
    for (Route route : routes) {
      String method = route.isWebSocket() ? "get" : route.method().toLowerCase(Locale.ROOT);
      String path = route.template();
      there.add(method + " " + (path.startsWith("/api") ? "/api/v1" + path.substring(4) : path));
    }
    assertThat(described).isEqualTo(there);
    assertThat(document.path("openapi").asString()).isEqualTo("3.1.0");
  }

  @Test
  void everyReferenceLeadsSomewhere() {
    JsonNode document = OpenApi.of(routes);
    List<String> references = document.findValuesAsString("$ref");
    assertThat(references).hasSizeGreaterThan(50);
    assertThat(references)
        .allSatisfy(reference -> {
          assertThat(document.at(reference.substring(1)).isObject()).as(reference).isTrue();
        });
  }

  @Test
  void aPartOfAPathWithoutAMeaningIsNamed() {
    List<Route> one = List.of(Route.user("GET", "/api/things/{thing}", exchange -> {}));
    assertThatThrownBy(() -> OpenApi.of(one)).hasMessageContaining("things/{thing}");
  }
}
