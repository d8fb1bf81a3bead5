package dev.visco.desktop;

import dev.visco.image.Images;
import dev.visco.lifecycle.Clocks;
import dev.visco.lifecycle.Uses;
import dev.visco.model.Advice;
import dev.visco.model.Caller;
import dev.visco.model.Digest;
import dev.visco.model.Ipv4;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.network.Networks;
import dev.visco.session.VmKeyring;
import dev.visco.store.DesktopRows;
import dev.visco.store.GrantRow;
import dev.visco.store.GrantRow.GrantKind;
import dev.visco.store.ViewRow;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who may see desktops, as rows: a grant and a view outlive the daemon. */
public final class Desktops implements DesktopService {
  private static final Logger LOG = LoggerFactory.getLogger(Desktops.class);

  /** What an image calls its VNC server among its services. */
  private static final String SERVICE = "vnc";

  private static final int SECRET_BYTES = 32;

  private final DesktopRows desktops;
  private final VmRows vms;
  private final Images images;
  private final Networks networks;
  private final VmKeyring keyring;
  private final Consumer<VmId> wake;
  private final Uses uses;
  private final Clocks clocks;
  private final RandomGenerator random;

  /**
   * @param keyring has the VMs' keys
   * @param wake begins to wake a VM that is asleep, when somebody who may see it asks for that
   * @param uses told of each view but Visco's own
   * @param random for secrets
   */
  public Desktops(
      DesktopRows desktops,
      VmRows vms,
      Images images,
      Networks networks,
      VmKeyring keyring,
      Consumer<VmId> wake,
      Uses uses,
      Clocks clocks,
      RandomGenerator random) {
    this.desktops = desktops;
    this.vms = vms;
    this.images = images;
    this.networks = networks;
    this.keyring = keyring;
    this.wake = wake;
    this.uses = uses;
    this.clocks = clocks;
    this.random = random;
  }

  /** Ends the views that an earlier daemon left open. */
  public void recover() {
    int left = desktops.recover(clocks.boot(), clocks.uptime(), clocks.now());
    if (left > 0) {
      LOG.info("{} views of desktops were open when the daemon ended; they have ended now", left);
    }
  }

  @Override
  public void forget(VmId id) {
    desktops.forget(id);
  }

  private VmRow row(VmId id) {
    return vms.find(id)
        .orElseThrow(() ->
            new Refused(
                new Refusal.NotFound(
                    "VM", id.value(), Advice.of("{} lists them.", new Remedy.ListVms(false)))));
  }

  private Optional<Integer> port(VmRow row) {
    return Optional.ofNullable(
        images.byDigest(new Digest(row.image())).manifest().services().get(SERVICE));
  }

  @Override
  public boolean isOffered(VmId id) {
    VmRow row = row(id);
    // An image may be removed once no VM uses it.
    return row.state() != VmState.DESTROYED && port(row).isPresent();
  }

  @Override
  public Grant ticket(VmId id, @Nullable String user, boolean viewOnly) {
    VmRow row = withDesktop(id);
    if (user != null && !user.equals(row.owner())) {
      throw Refused.invalid(
          "user", user, "does not own the VM " + id, "Leave it out for its own user.");
    }
    wake.accept(id);
    return grant(id, row.owner(), viewOnly, token(), TICKET);
  }

  @Override
  public Grant signInTicket(VmId id, String viewer, Duration life) {
    withDesktop(id);
    return grant(id, viewer, false, token(), life);
  }

  @Override
  public Grant selfCheckTicket(VmId id) {
    withDesktop(id);
    return grant(id, VISCO, true, null, TICKET);
  }

  @Override
  public Grant ticket(VmId id, String pageKey) {
    Viewer holder =
        holder(id, pageKey)
            .orElseThrow(() ->
                unauthorized(
                    "This page may not look at the VM " + id + " any more.",
                    Advice.of("Open a new link: {}", new Remedy.OpenDesktop(id.value()))));
    withDesktop(id);
    wake.accept(id);
    return grant(id, holder.user(), holder.viewOnly(), holder.token(), TICKET);
  }

  private static @Nullable String token() {
    return Caller.current().map(Caller::token).orElse(null);
  }

  private Grant grant(
      VmId id, String viewer, boolean viewOnly, @Nullable String token, Duration life) {
    String secret = secret();
    long now = clocks.uptime();
    long expires = now + life.toMillis();
    desktops.grant(
        secret, new GrantRow(id, GrantKind.TICKET, viewer, viewOnly, expires, token), now);
    return new Grant(secret, clocks.wall().instant().plus(life), viewOnly);
  }

  private String secret() {
    byte[] bytes = new byte[SECRET_BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  @Override
  public Grant pageKey(VmId id, String ticket) {
    String secret = secret();
    long now = clocks.uptime();
    Instant expires = clocks.wall().instant().plus(PAGE_KEY);
    return desktops
        .exchange(id, ticket, secret, now + PAGE_KEY.toMillis(), now)
        .map(key -> new Grant(secret, expires, key.viewOnly()))
        .orElseThrow(() ->
            unauthorized(
                "This link has been used, has expired, or is not for the VM " + id + ".",
                Advice.of("Open a new one: {}", new Remedy.OpenDesktop(id.value()))));
  }

  private static Refused unauthorized(String detail, Advice advice) {
    return new Refused(new Refusal.Unauthorized(detail, advice));
  }

  @Override
  public Optional<Viewer> redeem(VmId id, String ticket) {
    return desktops.redeem(id, ticket, clocks.uptime()).map(Desktops::viewer);
  }

  @Override
  public Optional<Viewer> holder(VmId id, String pageKey) {
    return desktops.find(id, GrantKind.PAGE, pageKey, clocks.uptime()).map(Desktops::viewer);
  }

  private static Viewer viewer(GrantRow grant) {
    return new Viewer(grant.vm(), grant.viewer(), grant.viewOnly(), grant.token());
  }

  /** A VM that has a desktop and has not ended; it may still be coming up. */
  private VmRow withDesktop(VmId id) {
    VmRow row = row(id);
    switch (row.state()) {
      case CREATING, STARTING, READY, PAUSED, FAILED, STOPPING, ASLEEP, ARCHIVED -> {}
      case STOPPED, SUSPENDED, DESTROYING, DESTROYED ->
          throw new Refused(
              new Refusal.Conflict(
                  "The VM " + id + " is " + row.state().word() + ".", "Create a new one."));
    }
    if (port(row).isEmpty()) {
      throw new Refused(
          new Refusal.NotFound(
              "desktop of the VM",
              id.value(),
              Advice.of(
                  "Create one whose image has a desktop: {}", new Remedy.CreateVm("browser"))));
    }
    return row;
  }

  @Override
  public VncEndpoint endpoint(VmId id) {
    VmRow row = withDesktop(id);
    Integer slot = row.slot();
    Optional<Ipv4> address =
        slot == null || row.machine() == null
            ? Optional.empty()
            : networks.address(new SlotIndex(slot));
    if (address.isEmpty()) {
      throw new Refused(
          new Refusal.HostLacks(
              "machine", "The VM " + id + " has no machine yet.", "Wait until it is launched."));
    }
    return new VncEndpoint(
        address.get(),
        port(row).orElseThrow(),
        keyring
            .of(id)
            .vncPassword()
            .orElseThrow(() ->
                new Refused(
                    new Refusal.HostLacks(
                        "password",
                        "The VM " + id + " was made without a password for its desktop.",
                        "Create it anew."))));
  }

  @Override
  public Viewing begin(Viewer viewer, String from) {
    long view = desktops.begin(viewer.vm(), viewer.user(), from, viewer.viewOnly(), clocks.now());
    LOG.info(
        "{}: {} at {} {} its desktop",
        viewer.vm(),
        viewer.user(),
        from,
        viewer.viewOnly() ? "looks at" : "opens");
    Uses.OpenUse use = viewer.user().equals(VISCO) ? () -> {} : uses.open(viewer.vm());
    return () -> {
      use.close();
      desktops.end(view, clocks.now());
      LOG.info("{}: {} at {} has left its desktop", viewer.vm(), viewer.user(), from);
    };
  }

  @Override
  public List<View> views(VmId id, int limit, long before) {
    row(id);
    return desktops.views(id, limit, before).stream().map(Desktops::view).toList();
  }

  private static View view(ViewRow row) {
    Long ended = row.ended();
    return new View(
        row.id(),
        row.vm(),
        row.viewer(),
        row.address(),
        row.viewOnly(),
        Instant.ofEpochMilli(row.began()),
        ended == null ? null : Instant.ofEpochMilli(ended));
  }
}
