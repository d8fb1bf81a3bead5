package dev.visco.api.http;

import java.util.List;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.ServerUpgradeRequest;
import org.eclipse.jetty.websocket.server.ServerUpgradeResponse;
import org.jspecify.annotations.Nullable;

/** The HTTP side of a WebSocket upgrade: what the client offers and what is accepted. */
public final class Upgrade {
  private final ServerUpgradeRequest request;
  private final ServerUpgradeResponse response;
  private Session.@Nullable Listener listener;

  Upgrade(ServerUpgradeRequest request, ServerUpgradeResponse response) {
    this.request = request;
    this.response = response;
  }

  /** Subprotocols that the client offers. */
  List<String> subProtocols() {
    return request.getSubProtocols();
  }

  /** Accepts this subprotocol if the client offers it. */
  public void speakIfOffered(String subProtocol) {
    if (request.hasSubProtocol(subProtocol)) {
      response.setAcceptedSubProtocol(subProtocol);
    }
  }

  /**
   * Accepts the upgrade, without any extension; the listener gets the WebSocket's events.
   * Compression would take 300 KiB for each client, and some clients (Node 20, for one) lose a
   * compressed message that comes right before the close: a command's exit code.
   */
  public void accept(Session.Listener other) {
    response.setExtensions(List.of());
    listener = other;
  }

  /** Null if the upgrade was not accepted. */
  Session.@Nullable Listener listener() {
    return listener;
  }
}
