package dev.visco.api.http;

import dev.visco.desktop.DesktopService.Viewer;

/** The caller of a request, as {@link Authenticator} has found it. */
public sealed interface Principal {
  /** Name for logs, events and the record of views; never a secret. */
  String name();

  /** A caller that showed no secret. */
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
   * Somebody with a link to a VM's desktop. The route itself checks the ticket: exchanging it uses
   * it up and gives the page key in one transaction.
   */
  record DesktopLink(Credential ticket) implements Principal {
    @Override
    public String name() {
      return "the holder of a link";
    }
  }

  /** A viewer whose ticket was valid, and is used up now. */
  record DesktopViewer(Viewer viewer) implements Principal {
    @Override
    public String name() {
      return viewer.user();
    }
  }
}
