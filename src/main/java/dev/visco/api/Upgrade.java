package dev.visco.api;

import java.util.List;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.ServerUpgradeRequest;
import org.eclipse.jetty.websocket.server.ServerUpgradeResponse;
import org.jspecify.annotations.Nullable;

/** What a request says that asks to go on as a WebSocket, and what is answered to that. */
final class Upgrade {
  private final ServerUpgradeRequest request;
  private final ServerUpgradeResponse response;
  private Session.@Nullable Listener listener;

  Upgrade(ServerUpgradeRequest request, ServerUpgradeResponse response) {
    this.request = request;
    this.response = response;
  }

  /** Those that the client offers. */
  List<String> subProtocols() {
    return request.getSubProtocols();
  }

  /** Speaks this subprotocol, if the client offers it. */
  void speakIfOffered(String subProtocol) {
    if (request.hasSubProtocol(subProtocol)) {
      response.setAcceptedSubProtocol(subProtocol);
    }
  }

  /** Refuses every extension, compression above all. */
  void withoutExtensions() {
    response.setExtensions(List.of());
  }

  /** Goes on as a WebSocket, whose events this hears. */
  void accept(Session.Listener other) {
    listener = other;
  }

  /** Null when the request was answered otherwise. */
  Session.@Nullable Listener listener() {
    return listener;
  }
}
