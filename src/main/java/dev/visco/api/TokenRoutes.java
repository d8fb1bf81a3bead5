package dev.visco.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Page;
import dev.visco.api.http.Principal;
import dev.visco.api.http.Route;
import dev.visco.model.Access;
import dev.visco.model.Durations;
import dev.visco.model.TokenRole;
import dev.visco.model.UserId;
import dev.visco.store.TokenRow;
import dev.visco.users.TokenService;
import dev.visco.wire.RemovedDocument;
import dev.visco.wire.Required;
import dev.visco.wire.TokenDocument;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /api/tokens}: creates, lists and revokes bearer tokens. */
public final class TokenRoutes {
  private final TokenService tokens;

  public TokenRoutes(TokenService tokens) {
    this.tokens = tokens;
  }

  public List<Route> routes() {
    return List.of(
        Route.user("GET", "/api/me", this::me)
            .named("getMe", "Tells what the caller's token may do.")
            .answering(200, MeDocument.class, "the token"),
        Route.admin("GET", "/api/tokens", this::list)
            .named("listTokens", "Lists tokens by name, without their secrets.")
            .inPages(TokenDocument.class, "after", "tokens"),
        Route.admin("POST", "/api/tokens", this::create)
            .named("createToken", "Creates a token.")
            .taking(TokenRequest.class)
            .answering(201, TokenDocument.class, "the token with its secret, told once"),
        Route.admin("DELETE", "/api/tokens/{token}", this::revoke)
            .named("revokeToken", "Revokes a token.")
            .answering(200, RemovedDocument.class, "it is revoked"));
  }

  /**
   * {@code POST /api/tokens}.
   *
   * @param expires how long it holds, like {@code 30d}; null for ever
   */
  record TokenRequest(
      @Nullable String name,
      @Nullable String role,
      @Nullable String user,
      @Nullable Boolean readOnly,
      @Nullable String expires) {}

  private static TokenDocument document(TokenRow row, @Nullable String secret) {
    return new TokenDocument(
        row.name(),
        row.role().word(),
        row.owner(),
        row.readOnly(),
        Instant.ofEpochMilli(row.created()),
        instant(row.expires()),
        instant(row.lastUse()),
        secret);
  }

  private static @Nullable Instant instant(@Nullable Long millis) {
    return millis == null ? null : Instant.ofEpochMilli(millis);
  }

  /**
   * What the caller's own token may do.
   *
   * @param user whose VMs it is for; left out for operators
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record MeDocument(
      String token,
      String role,
      @Nullable String user,
      boolean readOnly,
      @Nullable Instant expires) {}

  private void me(Exchange exchange) {
    if (exchange.principal() instanceof Principal.Token(Access access)) {
      UserId user = access.user();
      exchange.json(
          200,
          new MeDocument(
              access.name(),
              access.role().word(),
              user == null ? null : user.value(),
              access.readOnly(),
              access.expires()));
    }
  }

  private void list(Exchange exchange) {
    String after = exchange.query("after").orElse("");
    new Page<TokenRow>("after", TokenRow::name)
        .answer(exchange, Page.MAX, limit -> tokens.page(limit, after), row -> document(row, null));
  }

  private void create(Exchange exchange) throws IOException {
    TokenRequest asked = exchange.body(TokenRequest.class);
    String user = asked.user();
    String expires = asked.expires();
    TokenService.Created made =
        tokens.create(
            new TokenService.NewToken(
                Required.text("name", asked.name()),
                TokenRole.of(Required.text("role", asked.role())),
                user == null ? null : new UserId(user),
                Boolean.TRUE.equals(asked.readOnly()),
                expires == null ? null : Durations.of("expires", expires)));
    exchange.json(201, document(made.token(), made.secret()));
  }

  private void revoke(Exchange exchange) {
    TokenRow gone = tokens.revoke(exchange.path("token"));
    exchange.json(200, new RemovedDocument(gone.name()));
  }
}
