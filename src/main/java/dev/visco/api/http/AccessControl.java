package dev.visco.api.http;

import dev.visco.model.Access;
import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.TokenRole;
import dev.visco.model.UserId;
import dev.visco.model.UserState;
import dev.visco.model.VmId;
import dev.visco.users.AuditLog;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may call a route: the caller must show its role, and a user's token opens only what is that
 * user's ({@link RouteOwner}). What is another's is answered as what is not there.
 */
public final class AccessControl {
  private static final Logger LOG = LoggerFactory.getLogger(AccessControl.class);
  private static final String TICKETS = "/api/vms/{id}/tickets";
  private static final String PORT = "/api/vms/{id}/ports/{port}";

  private final Authenticator authenticator;
  private final Owners owners;
  private final AuditLog audit;
  private final RateLimits limits;
  private final boolean isBehindProxy;

  /**
   * @param audit records what changes something or opens a guest
   * @param limits of requests
   * @param isBehindProxy whether {@code api.public-url} is set, so that a proxy on this host is
   *     believed when it says where callers are
   */
  public AccessControl(
      Authenticator authenticator,
      Owners owners,
      AuditLog audit,
      RateLimits limits,
      boolean isBehindProxy) {
    this.authenticator = authenticator;
    this.owners = owners;
    this.audit = audit;
    this.limits = limits;
    this.isBehindProxy = isBehindProxy;
  }

  /** Without users and audit: for routes whose callers are all operators. */
  public static AccessControl of(Authenticator authenticator) {
    return new AccessControl(authenticator, new NoOwners(), AuditLog.NONE, RateLimits.NONE, false);
  }

  private static final class NoOwners implements Owners {
    @Override
    public Optional<Owned> find(RouteOwner kind, String name, @Nullable UserId user) {
      return Optional.empty();
    }

    @Override
    public VmId named(String text, @Nullable UserId user) {
      return new VmId(text);
    }

    @Override
    public UserState state(UserId user) {
      return UserState.ACTIVE;
    }
  }

  Authenticator authenticator() {
    return authenticator;
  }

  /** Finds out who calls, and keeps it in the exchange; refused when that is nobody known. */
  void authenticate(Role role, Exchange exchange) {
    Principal principal = principal(role, exchange);
    exchange.admit(principal, () -> authenticator.isCurrent(principal));
    UserId user = exchange.user().orElse(null);
    exchange.naming(text -> owners.named(text, user));
    if (principal instanceof Principal.Token(Access access)) {
      // Names of tokens of the store and of an issuer are two kinds, and so are their keys.
      limits
          .requests()
          .take((access.token() == null ? "issuer " : "store ") + access.name())
          .ifPresent(wait -> {
            throw new Refused(
                new Refusal.TooMany(
                    "api.requests-per-second",
                    "The token \"" + access.name() + "\" makes too many requests.",
                    wait,
                    "Wait, or set api.requests-per-second (VISCO_REQUESTS) higher."));
          });
    }
  }

  /**
   * Who calls. Addresses with too many failures are told so, and may go on with what is valid:
   * whoever is behind the same address must not be locked out by them, and no secret can be guessed
   * at any rate.
   */
  private Principal principal(Role role, Exchange exchange) {
    try {
      return authenticator.principal(role, exchange);
    } catch (Refused e) {
      if (e.refusal() instanceof Refusal.Unauthorized) {
        limits
            .failures()
            .take(exchange.clientNetwork(isBehindProxy))
            .ifPresent(wait -> {
              throw new Refused(
                  new Refusal.TooMany(
                      "api.failures-per-minute",
                      "Too many requests from your address had no valid token.",
                      wait,
                      "Wait, and send a valid token."));
            });
      }
      throw e;
    }
  }

  /**
   * Refuses a known caller that may not call this. To be called after {@link #begin}, so that a
   * refusal is recorded too.
   */
  void authorize(Route route, Exchange exchange) {
    if (exchange.principal() instanceof Principal.Token(Access access)) {
      requireRole(route, access);
      if (access.readOnly() && !route.isReading()) {
        throw new Refused(
            new Refusal.Forbidden(
                "The token \"" + access.name() + "\" may read only.",
                Advice.of("Use one that may change things: {}", new Remedy.ListTokens())));
      }
      UserId user = access.user();
      if (user != null) {
        requireActive(route, user);
        requireOwn(route, exchange, user);
      }
      requireOutsideOfSignIn(route, exchange);
    }
  }

  /**
   * While a user signs in, nothing else works in that VM: nothing types into its desktop, reads its
   * files or takes pictures. It may be looked at from outside, and whose its desktop is may open it
   * by a ticket.
   */
  private void requireOutsideOfSignIn(Route route, Exchange exchange) {
    if (route.owner() != RouteOwner.VM || !route.isAudited() || route.template().equals(TICKETS)) {
      return;
    }
    Owners.OpenSignIn signIn = owned(route, exchange).map(Owners.Owned::signIn).orElse(null);
    if (signIn == null) {
      return;
    }
    Integer port = signIn.port();
    if (port == null
        || !route.template().equals(PORT)
        || !exchange.path("port").equals(port.toString())) {
      throw new Refused(
          new Refusal.Conflict(
              "A user signs in in the VM " + exchange.vm() + ": it is closed to everything else.",
              Advice.of(
                  "Wait until the sign-in is over, or cancel it: {}",
                  new Remedy.CancelSignIn(signIn.id()))));
    }
  }

  private static void requireRole(Route route, Access access) {
    TokenRole needed = route.role().token();
    if (!access.role().includes(needed)) {
      throw new Refused(
          new Refusal.Forbidden(
              "The token \"%s\" has the role %s, and this takes %s."
                  .formatted(access.name(), access.role().word(), needed.word()),
              "Use a token of that role, or ask who has one."));
    }
  }

  private void requireActive(Route route, UserId user) {
    if (!route.isReading() && owners.state(user) == UserState.SUSPENDED) {
      throw new Refused(
          new Refusal.Forbidden(
              "User " + user + " is suspended.",
              Advice.of("An administrator can end that: {}", new Remedy.ResumeUser(user.value()))));
    }
  }

  private void requireOwn(Route route, Exchange exchange, UserId user) {
    switch (route.owner()) {
      case CALLER, EVERYBODY -> {}
      case HOST -> {
        if (route.isNamed()) {
          throw new Refused(
              new Refusal.Forbidden(
                  route.template() + " is not for users' tokens.",
                  "Use an operator's token, or ask who has one."));
        }
      }
      case VM, SNAPSHOT, VOLUME, CREDENTIAL, PROMPT, SESSION -> {
        if (route.owner() == RouteOwner.VM) {
          exchange.vm(); // Refused when it may be any of several of theirs.
        }
        if (owned(route, exchange).filter(one -> user.equals(one.user())).isEmpty()) {
          throw missing(route.owner(), exchange.path(name(route)));
        }
      }
    }
  }

  private static String name(Route route) {
    return route.template().replaceFirst("^[^{]*\\{([^}]*)}.*$", "$1");
  }

  /** What the path names, if it is there. */
  private Optional<Owners.Owned> owned(Route route, Exchange exchange) {
    return switch (route.owner()) {
      case HOST, EVERYBODY, CALLER -> Optional.empty();
      case VM -> vm(exchange).flatMap(id -> owners.find(RouteOwner.VM, id.value(), null));
      case SNAPSHOT ->
          owners.find(
              RouteOwner.SNAPSHOT, exchange.path(name(route)), namedUser(exchange).orElse(null));
      case CREDENTIAL, PROMPT, SESSION ->
          owners.find(route.owner(), exchange.path(name(route)), null);
      // Each user has names of volumes of their own, so that whose it is needs no look at it: the
      // route itself answers for one that is not there.
      case VOLUME -> namedUser(exchange).map(user -> new Owners.Owned(user, null));
    };
  }

  /** Empty when the path names no VM that the caller may see, or several. */
  private static Optional<VmId> vm(Exchange exchange) {
    try {
      return Optional.of(exchange.vm());
    } catch (Refused e) {
      return Optional.empty(); // The route itself refuses it, once that is recorded.
    }
  }

  /** Whose names the path is in: the user that the query names, else the token's own. */
  private static Optional<UserId> namedUser(Exchange exchange) {
    return exchange.query("user").map(UserId::new).or(exchange::user);
  }

  /** The same whether there is none of that name or it is another's. */
  private static Refused missing(RouteOwner kind, String name) {
    return new Refused(
        switch (kind) {
          case VM ->
              new Refusal.NotFound(
                  "VM", name, Advice.of("{} lists them.", new Remedy.ListVms(false)));
          case SNAPSHOT ->
              new Refusal.NotFound(
                  "snapshot", name, Advice.of("{} lists them.", new Remedy.ListSnapshots()));
          case CREDENTIAL ->
              new Refusal.NotFound(
                  "credential", name, Advice.of("{} shows all.", new Remedy.ListCredentials()));
          case SESSION ->
              new Refusal.NotFound(
                  "sign-in", name, Advice.of("{} has them.", new Remedy.ListSignIns()));
          case VOLUME, PROMPT, CALLER, EVERYBODY, HOST ->
              new Refusal.NotFound(kind.word(), name, "Ask for the list of them.");
        });
  }

  /** An entry of the audit that is under way. */
  interface Entry {
    void end(Exchange exchange);
  }

  /** Records what is about to be done, if it is of a kind that is recorded. */
  Entry begin(Route route, Exchange exchange) {
    if (!route.isAudited()) {
      return ended -> {};
    }
    Principal principal = exchange.principal();
    TokenRole role = principal instanceof Principal.Token(Access access) ? access.role() : null;
    UserId user = exchange.user().orElse(null);
    // What is another's stays in the target alone.
    Optional<Owners.Owned> owned =
        owned(route, exchange).filter(one -> user == null || user.equals(one.user()));
    UserId owner = user == null ? owned.map(Owners.Owned::user).orElse(null) : user;
    long id =
        audit.begin(
            new AuditLog.Attempt(
                principal.name(),
                role,
                owner == null ? null : owner.value(),
                exchange.clientAddress(isBehindProxy),
                route.method(),
                route.template(),
                exchange.path(),
                owned.map(Owners.Owned::vm).map(Object::toString).orElse(null)));
    return ended -> {
      try {
        audit.end(id, ended.status(), ended.subjectOwner(), ended.subjectVm());
      } catch (RuntimeException e) {
        LOG.error("the result of entry {} of the audit could not be recorded", id, e);
      }
    };
  }
}
