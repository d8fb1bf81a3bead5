package dev.visco.api.http;

import dev.visco.desktop.DesktopService.Viewer;
import dev.visco.model.Access;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The caller of a request, as {@link Authenticator} has found it. */
public sealed interface Principal {
  /** Name for logs, events and the record of views; never a secret. */
  String name();

  /** The digest of the token that it has shown, or that opened the desktop; null for none. */
  default @Nullable String token() {
    return null;
  }

  /** When what it has shown ends; null for never. */
  default @Nullable Instant expires() {
    return null;
  }

  /** A caller that showed no secret. */
  record Anybody() implements Principal {
    @Override
    public String name() {
      return "anybody";
    }
  }

  /** Has a bearer token. */
  record Token(Access access) implements Principal {
    @Override
    public String name() {
      return access.name();
    }

    @Override
    public @Nullable String token() {
      return access.token();
    }

    @Override
    public @Nullable Instant expires() {
      return access.expires();
    }
  }

  /** A page that shows a VM's desktop to somebody. */
  record DesktopPage(Viewer viewer, Credential key) implements Principal {
    @Override
    public String name() {
      return viewer.user();
    }

    @Override
    public @Nullable String token() {
      return viewer.token();
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

    @Override
    public @Nullable String token() {
      return viewer.token();
    }
  }
}
