package dev.visco.api.http;

/**
 * Who may call a route. A route only names its role: {@link Authenticator} finds out who calls, and
 * {@link Router} refuses everybody else.
 */
public enum Role {
  /** Everybody, without a secret. */
  ANYBODY,

  /** Users of VMs. Today: whoever has a bearer token. */
  USER,

  /**
   * Operators of the host: images, releases, sweep, metrics, events. Today: whoever has a bearer
   * token.
   */
  OPERATOR,

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
  DESKTOP_VIEWER;

  /** Whether it is about the desktop of one VM. */
  boolean isOfDesktop() {
    return switch (this) {
      case ANYBODY, USER, OPERATOR -> false;
      case DESKTOP_PAGE, DESKTOP_LINK, DESKTOP_VIEWER -> true;
    };
  }

  /** Whether the methods of a path with this role are listed without a token (405, OPTIONS). */
  boolean isListedForAnybody() {
    return this != USER && this != OPERATOR;
  }
}
