package dev.visco.api.openapi;

import dev.visco.api.description.RouteContent;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.api.http.RouteCall;
import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code GET /api} and {@code GET /openapi.json}: what all routes say about themselves. */
public final class DescriptionRoutes {
  private final List<Route> all;
  private byte @Nullable [] document;

  private DescriptionRoutes(List<Route> routes) {
    var every = new ArrayList<>(routes);
    every.add(
        Route.user("GET", "/api", this::list)
            .named("listRoutes", "Lists every route.")
            .listing(ListedRoute.class, "routes"));
    every.add(
        Route.open("GET", "/openapi.json", this::describe)
            .named("describe", "Gives this description.")
            .answering(
                200, new RouteContent.Raw("application/json"), "the description (OpenAPI 3.1)"));
    all = List.copyOf(every);
  }

  /** These routes, and the two that describe them all. */
  public static List<Route> with(List<Route> routes) {
    return new DescriptionRoutes(routes).all;
  }

  /**
   * A route in the list of all.
   *
   * @param role the least that a token must have
   * @param owner whose it is about
   * @param parameters what its query may have
   */
  public record ListedRoute(
      String method, String path, String role, String owner, List<String> parameters) {}

  private void list(Exchange exchange) {
    boolean isVersioned = exchange.isVersioned();
    exchange.items(
        all.stream()
            .map(route ->
                new ListedRoute(
                    route.method(),
                    isVersioned ? RouteCall.versioned(route.template()) : route.template(),
                    route.role().word(),
                    route.owner().word(),
                    List.copyOf(route.description().names(isVersioned))))
            .toList());
  }

  private void describe(Exchange exchange) {
    exchange.bytes(200, "application/json", document());
  }

  /** Made when it is first asked for: it would cost every start of the daemon. */
  private synchronized byte[] document() {
    byte[] made = document;
    if (made == null) {
      made = Json.bytes(OpenApi.of(all));
      document = made;
    }
    return made;
  }
}
