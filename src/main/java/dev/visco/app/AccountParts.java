package dev.visco.app;

import dev.visco.model.Access;
import dev.visco.settings.OidcSettings;
import dev.visco.settings.Settings;
import dev.visco.store.AdminToken;
import dev.visco.store.AuditRows;
import dev.visco.store.Store;
import dev.visco.store.TokenRows;
import dev.visco.users.OidcTokens;
import dev.visco.users.StoredAudit;
import dev.visco.users.Tokens;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/** Who may call the API, and who did. */
final class AccountParts {
  final AdminToken adminToken;
  final Tokens tokens;
  final StoredAudit audit;

  AccountParts(Settings settings, Store store, InstantSource clock, RandomGenerator random) {
    var rows = new TokenRows(store, store.host());
    this.adminToken = new AdminToken(rows, settings.data().resolve("admin-token"), random, clock);
    this.tokens = new Tokens(rows, adminToken, issuer(settings.oidc(), clock), random, clock);
    this.audit = new StoredAudit(new AuditRows(store, store.host()), clock);
  }

  /** Whose tokens are accepted besides those of the store. */
  private static Function<String, Optional<Access>> issuer(OidcSettings oidc, InstantSource clock) {
    String issuer = oidc.issuer();
    return issuer == null
        ? secret -> Optional.empty()
        : new OidcTokens(issuer, oidc, clock)::access;
  }
}
