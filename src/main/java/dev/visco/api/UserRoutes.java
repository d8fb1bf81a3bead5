package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Page;
import dev.visco.api.http.Route;
import dev.visco.api.http.Streams;
import dev.visco.model.Quota;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.users.UserService;
import dev.visco.users.UserService.User;
import dev.visco.wire.QuotaFields;
import dev.visco.wire.Required;
import dev.visco.wire.UserDocument;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /api/users}: the users of VMs and their quotas. */
public final class UserRoutes {
  private final UserService users;

  public UserRoutes(UserService users) {
    this.users = users;
  }

  public List<Route> routes() {
    return List.of(
        Route.operator("GET", "/api/users", this::list).asking("limit", "after"),
        Route.admin("POST", "/api/users", this::create),
        Route.operator("GET", "/api/users/{user}", this::get),
        Route.admin("PATCH", "/api/users/{user}", this::update),
        Route.admin("POST", "/api/users/{user}/suspend", this::suspend),
        Route.admin("POST", "/api/users/{user}/resume", this::resume),
        Route.admin("DELETE", "/api/users/{user}", this::remove).asking("force"));
  }

  /**
   * {@code POST /api/users}, and {@code PATCH …} without {@code id}: labels and quota are all that
   * the user has from then on.
   */
  record UserRequest(
      @Nullable String id, @Nullable Map<String, String> labels, @Nullable QuotaFields quota) {
    @Nullable Quota asQuota() {
      return quota == null ? null : quota.quota();
    }
  }

  private static UserId id(Exchange exchange) {
    return new UserId(exchange.path("user"));
  }

  private static UserDocument document(User user) {
    return new UserDocument(
        user.id().value(),
        user.state().word(),
        user.labels(),
        QuotaFields.of(user.quota()),
        user.created(),
        user.changed());
  }

  private void list(Exchange exchange) {
    String after = exchange.query("after").orElse("");
    new Page<User>("after", User::id)
        .answer(exchange, Page.MAX, limit -> users.page(limit, after), UserRoutes::document);
  }

  private void create(Exchange exchange) throws IOException {
    UserRequest asked = exchange.body(UserRequest.class);
    Quota quota = asked.asQuota();
    Map<String, String> labels = asked.labels();
    User user =
        users.create(
            new UserId(Required.text("id", asked.id())),
            labels == null ? Map.of() : labels,
            quota == null ? Quota.NONE : quota);
    exchange.withHeader("Location", "/api/users/" + user.id());
    exchange.json(201, document(user));
  }

  private void get(Exchange exchange) {
    exchange.json(200, document(users.user(id(exchange))));
  }

  private void update(Exchange exchange) throws IOException {
    UserRequest asked = exchange.body(UserRequest.class);
    UserId id = id(exchange);
    if (asked.id() != null && !asked.id().equals(id.value())) {
      throw Refused.invalid(
          "id", asked.id(), "is not the user of the path", "Leave it out: an id is never changed.");
    }
    exchange.json(200, document(users.update(id, asked.labels(), asked.asQuota())));
  }

  private void suspend(Exchange exchange) {
    exchange.json(200, document(users.suspend(id(exchange))));
  }

  private void resume(Exchange exchange) {
    exchange.json(200, document(users.resume(id(exchange))));
  }

  private void remove(Exchange exchange) {
    UserId id = id(exchange);
    if (exchange.isTrue("force")) {
      try (Streams.Stream _ = exchange.waiting("wait")) {
        users.remove(id, true);
      }
    } else {
      users.remove(id, false);
    }
    exchange.json(200, Map.of("removed", id.value()));
  }
}
