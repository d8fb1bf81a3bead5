package dev.visco.app;

import static org.eclipse.jetty.websocket.api.Callback.NOOP;

import dev.visco.wire.ExecMessage;
import dev.visco.wire.Json;
import java.nio.ByteBuffer;
import java.util.List;
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
 * Stands for the daemon while the AOT cache is recorded, on a loopback port of its own: there are
 * no VMs, and every command of a guest ends at once, having said a word.
 */
final class TrainingServer implements AutoCloseable {
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
      Content.Sink.write(response, true, Json.line(List.of()), callback);
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
