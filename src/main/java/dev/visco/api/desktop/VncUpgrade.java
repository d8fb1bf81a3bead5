package dev.visco.api.desktop;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Principal;
import dev.visco.api.http.Role;
import dev.visco.api.http.Route;
import dev.visco.api.http.Upgrade;
import dev.visco.desktop.DesktopService;
import dev.visco.desktop.DesktopService.Viewer;
import dev.visco.lifecycle.VmService;
import dev.visco.model.VmId;
import dev.visco.wire.TicketDocument;
import java.time.Duration;
import java.util.List;

/**
 * {@code WebSocket /api/vms/{id}/vnc}: accepts viewers of desktops. Faults of the VM are told by
 * the WebSocket's close code and reason: a browser's page cannot see any other answer.
 */
public final class VncUpgrade implements AutoCloseable {
  /** How long to wait for viewers to leave when the daemon ends. */
  private static final Duration LAST_ENDS = Duration.ofSeconds(5);

  private final DesktopService desktops;
  private final VmService vms;
  private final VncViewers viewers;
  private final VncLimits limits;
  private final boolean isBehindProxy;

  /**
   * @param isBehindProxy whether {@code api.public-url} is set, so that a proxy on this host is
   *     believed when it says where viewers are
   */
  public VncUpgrade(
      DesktopService desktops,
      VmService vms,
      VncViewers viewers,
      VncLimits limits,
      boolean isBehindProxy) {
    this.desktops = desktops;
    this.vms = vms;
    this.viewers = viewers;
    this.limits = limits;
    this.isBehindProxy = isBehindProxy;
  }

  public List<Route> routes() {
    return List.of(
        Route.user(Route.WEBSOCKET, "/api/vms/{id}/vnc", this::open)
            .named("desktopSocket", "Connects to a VM's desktop by RFB, the protocol of VNC.")
            .withRole(Role.DESKTOP_VIEWER)
            .asking(QueryParameter.flag("viewOnly", "shows it and takes no input")));
  }

  private void open(Exchange exchange) {
    Upgrade upgrade = exchange.upgrade();
    upgrade.speakIfOffered(TicketDocument.BINARY);
    upgrade.accept(
        new VncSocket(
            desktops,
            vms,
            viewers,
            exchange.registration("desktop"),
            limits,
            viewer(exchange),
            exchange.clientAddress(isBehindProxy)));
  }

  private static Viewer viewer(Exchange exchange) {
    VmId id = exchange.vm();
    return exchange.principal() instanceof Principal.DesktopViewer let
        ? let.viewer()
        : new Viewer(
            id,
            exchange.principal().name(),
            exchange.query("viewOnly").filter("true"::equals).isPresent(),
            exchange.principal().token());
  }

  /** Ends every view, and waits until that is recorded in the store. */
  @Override
  public void close() {
    viewers.sockets().forEach(VncSocket::goAway);
    viewers.awaitNone(LAST_ENDS);
  }
}
