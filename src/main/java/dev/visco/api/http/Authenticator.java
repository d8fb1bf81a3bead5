package dev.visco.api.http;

import dev.visco.desktop.DesktopService;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.users.BearerTokens;
import dev.visco.wire.TicketDocument;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates requests: the one place that reads secrets. Each role has a list of ways in, tried
 * in order. A way whose kind of secret the request does not have leaves it to the next one; an
 * invalid secret is refused, whatever else the request has.
 *
 * <p>A new kind of caller is a new {@link Principal} and a new {@link WayIn} in the lists of its
 * roles; routes do not change.
 */
public final class Authenticator {
  private static final String NEW_LINK = "Open the desktop by a new link: visco open VM";
  private final BearerTokens tokens;
  private final @Nullable DesktopService desktops;
  private final GuestTickets guests;
  private final Runnable onDesktopRefused;

  /** How a caller shows who it is. */
  private interface WayIn {
    /** Empty when the request has no secret of this kind. */
    Optional<Principal> principal(Exchange exchange);
  }

  /**
   * @param tokens knows bearer tokens
   * @param desktops knows tickets and page keys
   * @param guests knows tickets for WebSockets into guests
   * @param onDesktopRefused called for each secret that opened no desktop
   */
  public Authenticator(
      BearerTokens tokens,
      @Nullable DesktopService desktops,
      GuestTickets guests,
      Runnable onDesktopRefused) {
    this.tokens = tokens;
    this.desktops = desktops;
    this.guests = guests;
    this.onDesktopRefused = onDesktopRefused;
  }

  /** Knows tokens only; for routes without the roles of desktops and of tickets. */
  public static Authenticator ofTokens(BearerTokens tokens) {
    return new Authenticator(tokens, null, GuestTickets.ofHost(), () -> {});
  }

  /**
   * Authenticates the caller for a role.
   *
   * @throws Refused as unauthorized when nothing in the request shows the role
   */
  public Principal principal(Role role, Exchange exchange) {
    for (WayIn way : waysIn(role)) {
      Optional<Principal> found = way.principal(exchange);
      if (found.isPresent()) {
        return found.get();
      }
    }
    throw missing(role);
  }

  private List<WayIn> waysIn(Role role) {
    return switch (role) {
      case ANYBODY -> List.of(exchange -> Optional.of(new Principal.Anybody()));
      case USER, OPERATOR, ADMIN -> List.of(this::token);
      case DESKTOP_PAGE -> List.of(this::pageKey, this::token);
      case DESKTOP_LINK -> List.of(Authenticator::link);
      case DESKTOP_VIEWER -> List.of(this::ticket, this::token);
      case GUEST_SOCKET -> List.of(this::guestTicket, this::token);
    };
  }

  private static Optional<Credential> credential(Exchange exchange, Credential.Scheme scheme) {
    return Credential.of(exchange.header(HttpHeader.AUTHORIZATION.asString()), scheme);
  }

  private Optional<Principal> token(Exchange exchange) {
    return credential(exchange, Credential.Scheme.BEARER)
        .flatMap(given -> tokens.access(given.secret()))
        .map(Principal.Token::new);
  }

  private Optional<Principal> pageKey(Exchange exchange) {
    return credential(exchange, Credential.Scheme.PAGE).map(key -> holder(exchange, key));
  }

  private Principal holder(Exchange exchange, Credential key) {
    VmId id = exchange.vm();
    return desktops()
        .holder(id, key.secret())
        .filter(viewer -> tokens.isCurrent(viewer.token(), null))
        .map(viewer -> new Principal.DesktopPage(viewer, key))
        .orElseThrow(() ->
            unauthorized(
                "This page may not look at the VM " + id + " any more.",
                "Open a new link: visco open " + id));
  }

  private static Optional<Principal> link(Exchange exchange) {
    return credential(exchange, Credential.Scheme.TICKET).map(Principal.DesktopLink::new);
  }

  /**
   * Reads the ticket from the subprotocols: a browser's page can set no other header of a
   * WebSocket.
   */
  private Optional<Principal> ticket(Exchange exchange) {
    return ticketSecret(exchange).map(secret -> redeemed(exchange, secret));
  }

  private static Optional<String> ticketSecret(Exchange exchange) {
    return exchange.subProtocols().stream()
        .filter(protocol -> protocol.startsWith(TicketDocument.SUBPROTOCOL))
        .findFirst()
        .map(protocol -> protocol.substring(TicketDocument.SUBPROTOCOL.length()));
  }

  /** What is opened with it is its issuer's, whose token must still hold. */
  private Optional<Principal> guestTicket(Exchange exchange) {
    return ticketSecret(exchange)
        .map(secret ->
            guests
                .redeem(exchange.path("id"), secret)
                .filter(access -> tokens.isCurrent(access.token(), access.expires()))
                .map(Principal.Token::new)
                .orElseThrow(() -> missing(Role.GUEST_SOCKET)));
  }

  private Principal redeemed(Exchange exchange, String secret) {
    return desktops()
        .redeem(exchange.vm(), secret)
        .filter(viewer -> tokens.isCurrent(viewer.token(), null))
        .map(Principal.DesktopViewer::new)
        .orElseThrow(() -> missing(Role.DESKTOP_VIEWER));
  }

  /** Whether what the caller has shown still holds. */
  boolean isCurrent(Principal principal) {
    return tokens.isCurrent(principal.token(), principal.expires());
  }

  private DesktopService desktops() {
    if (desktops == null) {
      throw new IllegalStateException("there are no desktops, and so no roles of theirs");
    }
    return desktops;
  }

  private static Refused missing(Role role) {
    return switch (role) {
      case ANYBODY, USER, OPERATOR, ADMIN ->
          unauthorized(
              "No known bearer token came with this request.",
              "Send \"Authorization: Bearer TOKEN\"; the first token is in the data folder's admin-token.");
      case DESKTOP_PAGE ->
          unauthorized("No known bearer token or page's key came with this request.", NEW_LINK);
      case DESKTOP_LINK -> unauthorized("No ticket came with this request.", NEW_LINK);
      case DESKTOP_VIEWER ->
          unauthorized(
              "No known bearer token came with this request, and no ticket that opens this desktop.",
              "A ticket holds for 30 s and one connection: POST /api/vms/{id}/tickets gives one.");
      case GUEST_SOCKET ->
          unauthorized(
              "No known bearer token came with this request, and no ticket that opens this.",
              "A ticket holds for 30 s and one connection, with the VM's id in the path:"
                  + " POST /api/vms/{id}/guest-tickets gives one.");
    };
  }

  private static Refused unauthorized(String detail, String remedy) {
    return new Refused(new Refusal.Unauthorized(detail, remedy));
  }

  /** Counts a refusal of a desktop's secret, also one by the route itself. */
  public void count(Role role, Refusal refusal) {
    if (role.isOfDesktop() && refusal instanceof Refusal.Unauthorized) {
      onDesktopRefused.run();
    }
  }
}
