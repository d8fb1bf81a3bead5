package dev.visco.api;

import dev.visco.desktop.DesktopService.Viewer;

/** Who calls, as {@link Authenticator} has found it. */
sealed interface Principal {
  /** For logs, events and the record of views; never a secret. */
  String name();

  /** Nobody has asked who it is. */
  record Anybody() implements Principal {
    @Override
    public String name() {
      return "anybody";
    }
  }

  /**
   * Has a bearer token.
   *
   * @param name the token's
   */
  record Token(String name) implements Principal {}

  /** A page that shows a VM's desktop to somebody. */
  record DesktopPage(Viewer viewer, Credential key) implements Principal {
    @Override
    public String name() {
      return viewer.user();
    }
  }

  /**
   * Holds a link to a VM's desktop. Whether its ticket is good shows when the route exchanges it:
   * that uses it up, and gives the page key in the same transaction.
   */
  record DesktopLink(Credential ticket) implements Principal {
    @Override
    public String name() {
      return "the holder of a link";
    }
  }

  /** Has shown a ticket, which is used up by that. */
  record DesktopViewer(Viewer viewer) implements Principal {
    @Override
    public String name() {
      return viewer.user();
    }
  }
}
