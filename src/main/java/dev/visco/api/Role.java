package dev.visco.api;

/**
 * Who may call a route. A route names its role and asks no further: {@link Authenticator} says how
 * a caller shows it, {@link Router} lets nobody else in.
 */
enum Role {
  /** Everybody: no secret is asked for. */
  ANYBODY,

  /** Works with VMs. Today: whoever has a bearer token. */
  USER,

  /** Runs the host: images, releases, sweep, metrics. Today: whoever has a bearer token. */
  OPERATOR,

  /** A page that shows the desktop of the path's VM, by its page key; or a {@link #USER}. */
  DESKTOP_PAGE,

  /** The holder of a link to the desktop of the path's VM, by its ticket. */
  DESKTOP_LINK,

  /** A viewer that connects to the desktop of the path's VM, by a ticket; or a {@link #USER}. */
  DESKTOP_VIEWER;

  /** Whether it is about one VM's desktop, so that secrets other than a token may show it. */
  boolean isOfDesktop() {
    return switch (this) {
      case ANYBODY, USER, OPERATOR -> false;
      case DESKTOP_PAGE, DESKTOP_LINK, DESKTOP_VIEWER -> true;
    };
  }

  /** Whether the router answers without a token which methods and paths there are. */
  boolean isListedForAnybody() {
    return this != USER && this != OPERATOR;
  }
}
