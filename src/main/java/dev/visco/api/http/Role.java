package dev.visco.api.http;

import dev.visco.model.TokenRole;
import java.util.Locale;

/**
 * Who may call a route. A route only names its role: {@link Authenticator} finds out who calls, and
 * {@link Router} refuses everybody else.
 */
public enum Role {
  /** Everybody, without a secret. */
  ANYBODY,

  /** Whoever has a bearer token; a user's token for what is that user's only. */
  USER,

  /** Operators of the host: images, sweep, metrics, events, audit. */
  OPERATOR,

  /** Administrators: tokens, users, and changes of VMM releases. */
  ADMIN,

  /** A page that shows the desktop of the VM in the path, with its page key; or a {@link #USER}. */
  DESKTOP_PAGE,

  /**
   * Somebody with a link to the desktop of the VM in the path: its ticket is exchanged for a page
   * key.
   */
  DESKTOP_LINK,

  /**
   * A viewer that connects to the desktop of the VM in the path, with a ticket; or a {@link #USER}.
   */
  DESKTOP_VIEWER,

  /**
   * A WebSocket into the VM in the path, with a ticket ({@link GuestTickets}); or a {@link #USER}.
   */
  GUEST_SOCKET;

  /** Whether it is about the desktop of one VM. */
  boolean isOfDesktop() {
    return switch (this) {
      case ANYBODY, USER, OPERATOR, ADMIN, GUEST_SOCKET -> false;
      case DESKTOP_PAGE, DESKTOP_LINK, DESKTOP_VIEWER -> true;
    };
  }

  /** Whether a secret of it is used up by looking at it. */
  boolean hasTickets() {
    return switch (this) {
      case ANYBODY, USER, OPERATOR, ADMIN, DESKTOP_PAGE, DESKTOP_LINK -> false;
      case DESKTOP_VIEWER, GUEST_SOCKET -> true;
    };
  }

  /** Whether the methods of a path with this role are listed without a token (405, OPTIONS). */
  boolean isListedForAnybody() {
    return this == ANYBODY || isOfDesktop();
  }

  /** The least that a bearer token must be allowed; it is refused with less. */
  TokenRole token() {
    return switch (this) {
      case ANYBODY, USER, DESKTOP_PAGE, DESKTOP_LINK, DESKTOP_VIEWER, GUEST_SOCKET ->
          TokenRole.USER;
      case OPERATOR -> TokenRole.OPERATOR;
      case ADMIN -> TokenRole.ADMIN;
    };
  }

  /** Its name in lists. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
