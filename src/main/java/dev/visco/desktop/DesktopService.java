package dev.visco.desktop;

import dev.visco.model.Ipv4;
import dev.visco.model.VmId;
import dev.visco.session.rfb.VncPassword;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who may see a VM's desktop, and who did. Every call throws {@link dev.visco.model.Refused} for
 * what cannot be. Secrets are 256 random bits in URL-safe base64; only their SHA-256 is stored.
 */
public interface DesktopService {
  /** How long a ticket holds. */
  Duration TICKET = Duration.ofSeconds(30);

  /** How long a page's key holds. */
  Duration PAGE_KEY = Duration.ofHours(12);

  /**
   * Who looks when Visco itself does, to see whether a desktop works: no name that a user may have
   * ({@link dev.visco.model.UserId}).
   */
  String VISCO = "(visco)";

  /** Whether the VM's image has a desktop, whatever the VM does now. */
  boolean isOffered(VmId id);

  /** Who holds a page's key; empty for one that is unknown, expired, or another VM's. */
  Optional<Viewer> holder(VmId id, String pageKey);

  /**
   * A secret that opens the desktop once. What it opens ends with the token of the {@link
   * dev.visco.model.Caller}.
   *
   * @param user who will look; null for the VM's own user. Any other is refused.
   */
  Grant ticket(VmId id, @Nullable String user, boolean viewOnly);

  /** The same for {@link #VISCO} itself, to look only; nobody is given one over the API. */
  Grant selfCheckTicket(VmId id);

  /**
   * A secret that opens the desktop of a sign-in's VM once.
   *
   * @param viewer who will look: the VM's user, or the name of an operator's token
   * @param life how long it holds
   */
  Grant signInTicket(VmId id, String viewer, Duration life);

  /** Has all secrets for its desktop end. */
  void forget(VmId id);

  /** The same, for a page that shows the key it was given when its first ticket was exchanged. */
  Grant ticket(VmId id, String pageKey);

  /**
   * Exchanges a ticket for a page's key, with which that page gets itself tickets as often as it
   * has to connect anew. It goes with its VM and is of no use for any other.
   */
  Grant pageKey(VmId id, String ticket);

  /**
   * Uses a ticket up.
   *
   * @return empty for one that is unknown, expired, used, or another VM's
   */
  Optional<Viewer> redeem(VmId id, String ticket);

  /** Where the VM's desktop is. Refused for a VM without one, and for one that does not run. */
  VncEndpoint endpoint(VmId id);

  /** Records that somebody looks, before anything of the desktop is sent. */
  Viewing begin(Viewer viewer, String from);

  /**
   * Newest first.
   *
   * @param before only those with a lower id
   */
  List<View> views(VmId id, int limit, long before);

  /** The newest thousand. */
  default List<View> views(VmId id) {
    return views(id, 1000, Long.MAX_VALUE);
  }

  /**
   * A secret.
   *
   * @param expires when it is of no use any more
   */
  record Grant(String secret, Instant expires, boolean viewOnly) {}

  /**
   * Who may look.
   *
   * @param user the VM's user, the name of the API's token, or {@link #VISCO}
   * @param token the digest of the token that opened it and that it ends with; null for none
   */
  record Viewer(VmId vm, String user, boolean viewOnly, @Nullable String token) {
    /** One that ends with no token. */
    public Viewer(VmId vm, String user, boolean viewOnly) {
      this(vm, user, viewOnly, null);
    }
  }

  /** In the guest's own network, reached from the host through the VM's slot. */
  record VncEndpoint(Ipv4 address, int port, VncPassword password) {}

  /** Somebody looks, until it is closed. */
  interface Viewing extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Somebody looked.
   *
   * @param from the viewer's address and port, as the daemon sees it; behind a reverse proxy the
   *     address that this one told, and how it came, like {@code 192.0.2.1 via 127.0.0.1:4711}
   * @param ended null while it lasts
   */
  record View(
      long id,
      VmId vm,
      String user,
      String from,
      boolean viewOnly,
      Instant began,
      @Nullable Instant ended) {}
}
