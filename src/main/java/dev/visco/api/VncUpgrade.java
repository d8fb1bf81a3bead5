package dev.visco.api;

import dev.visco.lifecycle.DesktopService;
import dev.visco.lifecycle.DesktopService.Viewer;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Refusal;
import dev.visco.model.VmId;
import dev.visco.wire.TicketDocument;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.server.ServerUpgradeRequest;
import org.eclipse.jetty.websocket.server.ServerUpgradeResponse;
import org.jspecify.annotations.Nullable;

/**
 * Lets viewers in to {@code WebSocket /api/vms/{id}/vnc}: with a ticket, which stands among the
 * subprotocols since a browser's page can set nothing else, or with a bearer token. What is wrong
 * with the VM is told by the WebSocket's close: a browser's page sees no other answer.
 */
final class VncUpgrade {
  static final Pattern PATH = Pattern.compile("/api/vms/(vm-[0-9a-f]{8})/vnc");

  /** Those that were told to leave are gone in no time. */
  private static final Duration LAST_ENDS = Duration.ofSeconds(5);

  private final DesktopService desktops;
  private final VmService vms;
  private final Function<String, Optional<String>> tokens;
  private final VncViewers viewers;
  private final VncLimits limits;
  private final boolean isBehindProxy;

  /**
   * @param tokens the name of a bearer token, empty for an unknown one
   * @param isBehindProxy whether {@code api.public-url} is set, so that a proxy on this host is
   *     believed when it says where viewers are
   */
  VncUpgrade(
      DesktopService desktops,
      VmService vms,
      Function<String, Optional<String>> tokens,
      VncViewers viewers,
      VncLimits limits,
      boolean isBehindProxy) {
    this.desktops = desktops;
    this.vms = vms;
    this.tokens = tokens;
    this.viewers = viewers;
    this.limits = limits;
    this.isBehindProxy = isBehindProxy;
  }

  /** Null when the request was answered otherwise. */
  @Nullable VncSocket open(
      ServerUpgradeRequest request, ServerUpgradeResponse response, Callback callback) {
    var exchange = new Exchange(request, response, callback, Map.of());
    if (exchange.refusesOthersThan(Set.of("viewOnly"))) {
      return null;
    }
    Matcher path = PATH.matcher(Request.getPathInContext(request));
    Optional<Viewer> viewer =
        path.matches() ? viewer(request, new VmId(path.group(1))) : Optional.empty();
    if (viewer.isEmpty()) {
      viewers.refuse();
      exchange.withHeader("WWW-Authenticate", "Bearer realm=\"visco\"");
      exchange.json(
          401,
          Problems.of(
              new Refusal.Unauthorized(
                  "No known bearer token came with this request, and no ticket that opens this desktop.",
                  "A ticket holds for 30 s and one connection: POST /api/vms/{id}/tickets gives one.")));
      return null;
    }
    if (request.hasSubProtocol(TicketDocument.BINARY)) {
      response.setAcceptedSubProtocol(TicketDocument.BINARY);
    }
    // What desktops send is compressed already, and a compressor takes 300 KiB for each viewer.
    response.setExtensions(List.of());
    String from = ViewerAddress.of(request, isBehindProxy);
    Streams streams = ApiConnector.of(request).streams();
    return new VncSocket(desktops, vms, viewers, streams, limits, viewer.get(), from);
  }

  /** Ends every view, and waits until that is written into the store. */
  void close() {
    viewers.sockets().forEach(VncSocket::goAway);
    viewers.awaitNone(LAST_ENDS);
  }

  private Optional<Viewer> viewer(ServerUpgradeRequest request, VmId id) {
    Optional<String> ticket =
        request.getSubProtocols().stream()
            .filter(protocol -> protocol.startsWith(TicketDocument.SUBPROTOCOL))
            .findFirst();
    if (ticket.isPresent()) {
      return desktops.redeem(id, ticket.get().substring(TicketDocument.SUBPROTOCOL.length()));
    }
    boolean viewOnly = "true".equals(Request.extractQueryParameters(request).getValue("viewOnly"));
    return Credential.of(request.getHeaders().get(HttpHeader.AUTHORIZATION))
        .filter(given -> given.scheme() == Credential.Scheme.BEARER)
        .flatMap(given -> tokens.apply(given.secret()))
        .map(name -> new Viewer(id, name, viewOnly));
  }
}
