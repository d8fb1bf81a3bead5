package dev.visco.cli;

import dev.visco.session.WebSocketConnector;
import dev.visco.session.WebSocketStream;
import dev.visco.session.WebSocketStream.Message;
import dev.visco.wire.Json;
import dev.visco.wire.PortMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Connections to ports of one VM, each through a WebSocket of its own; see {@link PortMessage}. */
final class PortClient implements AutoCloseable {
  private static final int CHUNK = 1 << 15;
  private static final Duration CONNECT = Duration.ofSeconds(30);

  /** No time limit: each side waits for the other. */
  private static final Duration FOREVER = Duration.ofDays(365);

  private final ApiAddress address;
  private final String id;
  private final WebSocketConnector connector =
      new WebSocketConnector(new WebSocketConnector.WebSocketLimits(1 << 17, FOREVER));

  PortClient(DaemonClient api, String id) {
    this.address = api.address();
    this.id = id;
  }

  /** The two halves of a connection here. */
  interface Local {
    InputStream input() throws IOException;

    OutputStream output() throws IOException;

    /** Says that nothing more is written. */
    void endOutput() throws IOException;
  }

  /**
   * Connects standard input and output to a port until both sides have said all.
   *
   * @throws ApiException with the reason when the daemon ended it
   */
  void relayStandard(int port, OutputStream out) throws IOException {
    String ending = relay(port, new Standard(out));
    if (!ending.isEmpty()) {
      throw new ApiException(ending, CommandExitCode.REFUSED);
    }
  }

  private record Standard(OutputStream output) implements Local {
    @Override
    public InputStream input() {
      return System.in;
    }

    @Override
    public void endOutput() throws IOException {
      output.close();
    }
  }

  /**
   * Relays until both sides have said all.
   *
   * @return why the daemon ended it, empty when it went well
   */
  String relay(int port, Local local) throws IOException {
    try (WebSocketStream guest = connect(port)) {
      Thread.ofVirtual().name("to port " + port).start(() -> toGuest(local, guest));
      fromGuest(guest, local);
      WebSocketStream.Ending ending = guest.ending();
      return ending == null || ending.code() == 1000
          ? ""
          : ending.reason() + " (" + ending.code() + ")";
    }
  }

  private WebSocketStream connect(int port) throws IOException {
    try {
      return connector.connect(
          address.webSocket("/api/vms/" + id + "/ports/" + port, connector),
          Map.of("Authorization", "Bearer " + address.token()),
          List.of(),
          CONNECT);
    } catch (IOException e) {
      throw new IOException("the daemon did not let it in: " + e.getMessage(), e);
    }
  }

  /** A chunk is read only when the last one was taken. */
  private static void toGuest(Local local, WebSocketStream guest) {
    byte[] bytes = new byte[CHUNK];
    try {
      InputStream in = local.input();
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        guest.write(ByteBuffer.wrap(bytes, 0, count));
      }
      guest.write(Json.line(PortMessage.endOfInput()));
    } catch (IOException e) {
      guest.close("the client has gone");
    }
  }

  private static void fromGuest(WebSocketStream guest, Local local) throws IOException {
    try {
      OutputStream out = local.output();
      for (Optional<Message> next = guest.next(FOREVER);
          next.isPresent();
          next = guest.next(FOREVER)) {
        switch (next.get()) {
          case Message.BinaryMessage it -> {
            out.write(it.bytes());
            out.flush();
          }
          case Message.TextMessage it -> local.endOutput();
        }
      }
    } catch (IOException e) {
      guest.close("the client has gone");
      throw e;
    }
  }

  @Override
  public void close() {
    connector.close();
  }
}
