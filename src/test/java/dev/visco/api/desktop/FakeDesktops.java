package dev.visco.api.desktop;

import dev.visco.desktop.DesktopService;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Caller;
import dev.visco.model.Ipv4;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.rfb.RfbGuest;
import dev.visco.session.rfb.VncPassword;
import dev.visco.store.DesktopRows;
import dev.visco.store.GrantRow;
import dev.visco.store.GrantRow.GrantKind;
import dev.visco.store.Store;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Grants and views in a real store, and every VM's desktop at one scripted guest. */
public final class FakeDesktops implements DesktopService {
  private final VmService vms;
  private final DesktopRows rows;

  /** Added to the time, for what expires. */
  volatile Duration later = Duration.ZERO;

  /** Where the desktops are; null for VMs that have none. */
  public volatile @Nullable RfbGuest guest;

  /** Where the guest's desktop is instead, 0 for where it says. */
  volatile int port;

  /** What Visco believes the password to be; null for the guest's own. */
  volatile @Nullable VncPassword password;

  private final AtomicInteger endpoints = new AtomicInteger();

  /** Thrown instead of an endpoint. */
  volatile @Nullable Refused refused;

  public FakeDesktops(VmService vms, Store store) {
    this.vms = vms;
    this.rows = new DesktopRows(store, "local");
  }

  private long now() {
    return Instant.now().plus(later).toEpochMilli();
  }

  private static String secret() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  @Override
  public boolean isOffered(VmId id) {
    return vms.vm(id).state() != VmState.DESTROYED && guest != null;
  }

  @Override
  public Grant ticket(VmId id, @Nullable String user, boolean viewOnly) {
    Vm vm = vms.vm(id);
    String owner = vm.spec().owner().value();
    if (user != null && !user.equals(owner)) {
      throw Refused.invalid("user", user, "does not own the VM", "Leave it out.");
    }
    return grant(id, owner, viewOnly, Caller.current().map(Caller::token).orElse(null));
  }

  @Override
  public Grant selfCheckTicket(VmId id) {
    vms.vm(id);
    return grant(id, VISCO, true, null);
  }

  @Override
  public Grant signInTicket(VmId id, String viewer, Duration life) {
    vms.vm(id);
    return grant(id, viewer, false, null, life);
  }

  @Override
  public void forget(VmId id) {
    rows.forget(id);
  }

  private Grant grant(VmId id, String user, boolean viewOnly, @Nullable String token) {
    return grant(id, user, viewOnly, token, TICKET);
  }

  private Grant grant(
      VmId id, String user, boolean viewOnly, @Nullable String token, Duration life) {
    if (guest == null) {
      throw noDesktop(id);
    }
    String secret = secret();
    long expires = now() + life.toMillis();
    rows.grant(secret, new GrantRow(id, GrantKind.TICKET, user, viewOnly, expires, token), now());
    return new Grant(secret, Instant.ofEpochMilli(expires), viewOnly);
  }

  private static Refused noDesktop(VmId id) {
    return new Refused(
        new Refusal.NotFound("desktop of the VM", id.value(), "Create one that has a desktop."));
  }

  @Override
  public Grant ticket(VmId id, String pageKey) {
    Viewer holder = holder(id, pageKey).orElseThrow(FakeDesktops::unauthorized);
    return grant(id, holder.user(), holder.viewOnly(), holder.token());
  }

  private static Refused unauthorized() {
    return new Refused(new Refusal.Unauthorized("This opens nothing.", "Open a new link."));
  }

  @Override
  public Grant pageKey(VmId id, String ticket) {
    String secret = secret();
    return rows.exchange(id, ticket, secret, now() + PAGE_KEY.toMillis(), now())
        .map(key -> new Grant(secret, Instant.ofEpochMilli(key.expires()), key.viewOnly()))
        .orElseThrow(FakeDesktops::unauthorized);
  }

  @Override
  public Optional<Viewer> redeem(VmId id, String ticket) {
    return rows.redeem(id, ticket, now()).map(FakeDesktops::viewer);
  }

  @Override
  public Optional<Viewer> holder(VmId id, String pageKey) {
    return rows.find(id, GrantKind.PAGE, pageKey, now()).map(FakeDesktops::viewer);
  }

  private static Viewer viewer(GrantRow grant) {
    return new Viewer(grant.vm(), grant.viewer(), grant.viewOnly(), grant.token());
  }

  /** How often somebody asked where a desktop is. */
  int endpoints() {
    return endpoints.get();
  }

  @Override
  public VncEndpoint endpoint(VmId id) {
    endpoints.incrementAndGet();
    Refused told = refused;
    if (told != null) {
      throw told;
    }
    vms.vm(id);
    RfbGuest there = guest;
    if (there == null) {
      throw noDesktop(id);
    }
    VncPassword believed = password;
    return new VncEndpoint(
        Ipv4.of("address", "127.0.0.1"),
        port == 0 ? there.port() : port,
        believed == null ? there.password() : believed);
  }

  @Override
  public Viewing begin(Viewer viewer, String from) {
    long view = rows.begin(viewer.vm(), viewer.user(), from, viewer.viewOnly(), now());
    return () -> rows.end(view, now());
  }

  @Override
  public List<View> views(VmId id, int limit, long before) {
    return rows.views(id, limit, before).stream()
        .map(row ->
            new View(
                row.id(),
                row.vm(),
                row.viewer(),
                row.address(),
                row.viewOnly(),
                Instant.ofEpochMilli(row.began()),
                row.ended() == null ? null : Instant.ofEpochMilli(row.ended())))
        .toList();
  }
}
