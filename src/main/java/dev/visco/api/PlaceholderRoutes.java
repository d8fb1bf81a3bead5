package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.placeholder.PlaceholderService;
import dev.visco.placeholder.PlaceholderService.PlaceholderView;
import dev.visco.users.UserService;
import dev.visco.wire.PlaceholderDocument;
import dev.visco.wire.PlaceholderRequest;
import java.io.IOException;
import java.util.List;

/** {@code /api/users/{user}/placeholders}: whether VMs have placeholders or credentials. */
public final class PlaceholderRoutes {
  private final PlaceholderService placeholders;
  private final UserService users;

  public PlaceholderRoutes(PlaceholderService placeholders, UserService users) {
    this.placeholders = placeholders;
    this.users = users;
  }

  public List<Route> routes() {
    return List.of(
        Route.operator("GET", "/api/users/{user}/placeholders", this::list)
            .named(
                "listPlaceholders",
                "Lists the providers whose credentials may be placeholders in a user's VMs.")
            .listing(PlaceholderDocument.class, "providers"),
        Route.admin("PUT", "/api/users/{user}/placeholders/{provider}", this::choose)
            .named(
                "choosePlaceholder",
                "Chooses whether a user's VMs get a placeholder or the credential itself.")
            .taking(PlaceholderRequest.class)
            .answering(200, PlaceholderDocument.class, "what holds from the next delivery on"),
        Route.admin("DELETE", "/api/users/{user}/placeholders/{provider}", this::forget)
            .named("forgetPlaceholderChoice", "Goes back to the default, which is a placeholder.")
            .answering(200, PlaceholderDocument.class, "what holds from the next delivery on"));
  }

  private UserId user(Exchange exchange) {
    return users.user(new UserId(exchange.path("user"))).id();
  }

  private static PlaceholderDocument document(PlaceholderView view) {
    return new PlaceholderDocument(
        view.provider(),
        view.isUsed(),
        view.isChosen(),
        view.hosts(),
        view.vms().stream().map(VmId::value).toList(),
        view.authority());
  }

  private void list(Exchange exchange) {
    exchange.items(
        placeholders.list(user(exchange)).stream().map(PlaceholderRoutes::document).toList());
  }

  private void choose(Exchange exchange) throws IOException {
    UserId user = user(exchange);
    boolean isUsed = exchange.body(PlaceholderRequest.class).isUsed();
    exchange.json(200, document(placeholders.choose(user, exchange.path("provider"), isUsed)));
  }

  private void forget(Exchange exchange) {
    exchange.json(
        200, document(placeholders.choose(user(exchange), exchange.path("provider"), null)));
  }
}
