package dev.visco.egress;

import dev.visco.model.EgressPolicy;
import dev.visco.model.GuestText;
import dev.visco.relay.ConnectionRefusal;
import dev.visco.relay.Dialer;
import dev.visco.relay.OpenSockets;
import dev.visco.wire.EgressTestDocument;
import java.io.IOException;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/** Asks for a page by a policy, and tells what came. */
final class EgressTester {
  private static final int PATIENCE_MILLIS = 10_000;

  private EgressTester() {}

  static EgressTestDocument test(EgressPolicy policy, Dialer dialer, String url) {
    var request = TestRequest.of(url);
    String proxy = policy.proxy() == null ? null : policy.proxy().url();
    try (var sockets = new OpenSockets()) {
      Socket socket = dialer.dial(sockets, request.host(), request.port());
      socket.setSoTimeout(PATIENCE_MILLIS);
      TestRequest.Page page = request.ask(socket);
      String source = socket.getLocalAddress().getHostAddress();
      return new EgressTestDocument(
          policy.way(), proxy, source, url, page.status(), page.body(), null, null, null);
    } catch (ConnectionRefusal e) {
      return failed(policy, proxy, url, e.rule(), String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return failed(policy, proxy, url, null, "the server's answer: " + e.getMessage());
    }
  }

  private static EgressTestDocument failed(
      EgressPolicy policy, @Nullable String proxy, String url, @Nullable String rule, String why) {
    String text = GuestText.line(why).toString();
    return new EgressTestDocument(policy.way(), proxy, null, url, null, null, rule, text, null);
  }
}
