package dev.visco.api;

import dev.visco.api.description.QueryParameter;
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
import dev.visco.wire.RemovedDocument;
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
        Route.operator("GET", "/api/users", this::list)
            .named("listUsers", "Lists users by id.")
            .inPages(UserDocument.class, "after", "users"),
        Route.admin("POST", "/api/users", this::create)
            .named("createUser", "Creates a user.")
            .taking(UserRequest.class)
            .answering(201, UserDocument.class, "the user"),
        Route.operator("GET", "/api/users/{user}", this::get)
            .named("getUser", "Shows a user.")
            .answering(200, UserDocument.class, "the user"),
        Route.admin("PATCH", "/api/users/{user}", this::update)
            .named("updateUser", "Changes the fields that are given.")
            .taking(UserRequest.class)
            .answering(200, UserDocument.class, "the user with the change"),
        Route.admin("POST", "/api/users/{user}/suspend", this::suspend)
            .named("suspendUser", "Stops a user's VMs, and refuses the user until it is resumed.")
            .answering(200, UserDocument.class, "the user"),
        Route.admin("POST", "/api/users/{user}/resume", this::resume)
            .named("resumeUser", "Ends a user's suspension.")
            .answering(200, UserDocument.class, "the user"),
        Route.admin("DELETE", "/api/users/{user}", this::remove)
            .named("removeUser", "Removes a user with its tokens.")
            .asking(QueryParameter.flag("force", "its VMs, snapshots and volumes too"))
            .answering(200, RemovedDocument.class, "it is removed"));
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
    exchange.located("/api/users/" + user.id());
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
    exchange.json(200, new RemovedDocument(id.value()));
  }
}
