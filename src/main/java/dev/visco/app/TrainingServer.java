package dev.visco.app;

import static org.eclipse.jetty.websocket.api.Callback.NOOP;

import dev.visco.wire.ExecMessage;
import dev.visco.wire.Json;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.jspecify.annotations.Nullable;

/**
 * Stands for the daemon while the AOT caches are recorded, on a loopback port of its own: there is
 * one VM, and every command in it ends at once, having said a word.
 */
final class TrainingServer implements AutoCloseable {
  /** The one VM that it has. */
  static final String VM = "vm-00000000";

  private static final Map<String, String> DOCUMENT =
      Map.of(
          "vmId",
          VM,
          "vmType",
          "cli",
          "userId",
          "u",
          "state",
          "ready",
          "address",
          "192.0.2.1",
          "created",
          "2026-01-01T00:00:00Z");

  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server);

  private TrainingServer() throws Exception {
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(new Answers(ServerWebSocketContainer.ensure(server)));
    server.start();
  }

  static TrainingServer start() throws Exception {
    return new TrainingServer();
  }

  int port() {
    return connector.getLocalPort();
  }

  @Override
  public void close() throws Exception {
    server.stop();
  }

  private static final class Answers extends Handler.Abstract {
    private final ServerWebSocketContainer webSockets;

    Answers(ServerWebSocketContainer webSockets) {
      this.webSockets = webSockets;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      if (request.getHeaders().contains(HttpHeader.UPGRADE)) {
        return webSockets.upgrade((asked, answer, end) -> new Done(), request, response, callback);
      }
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
      boolean isOne = Request.getPathInContext(request).contains(VM);
      Content.Sink.write(response, true, Json.line(isOne ? DOCUMENT : List.of(DOCUMENT)), callback);
      return true;
    }
  }

  /** A command that has ended. */
  public static final class Done implements Session.Listener.AutoDemanding {
    private static final byte[] WORD = {ExecMessage.OUTPUT, 'd', 'o', 'n', 'e'};
    private @Nullable Session session;

    @Override
    public void onWebSocketOpen(Session opened) {
      session = opened;
    }

    @Override
    public void onWebSocketText(String start) {
      Session open = Objects.requireNonNull(session);
      open.sendBinary(ByteBuffer.wrap(WORD), NOOP);
      open.sendText(Json.line(ExecMessage.ended(0)), NOOP);
      open.close(StatusCode.NORMAL, "", NOOP);
    }
  }
}
