package dev.visco.cli;

import dev.visco.session.WebSocketConnector;
import dev.visco.session.WebSocketStream;
import dev.visco.wire.TicketDocument;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Relays between viewers that speak plain RFB and a desktop's WebSocket. */
final class VncClient implements AutoCloseable {
  private static final int CHUNK = 1 << 15;
  private static final Duration CONNECT = Duration.ofSeconds(30);

  /** No time limit: a view may last for days, and each side waits for the other. */
  private static final Duration FOREVER = Duration.ofDays(365);

  /** How long to wait for the other direction to end after its connection did. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(5);

  private final URI uri;
  private final WebSocketConnector connector =
      new WebSocketConnector(new WebSocketConnector.WebSocketLimits(1 << 17, FOREVER));

  VncClient(DaemonClient api, String id) {
    this.uri = api.address().webSocket("/api/vms/" + id + "/vnc", connector);
  }

  /**
   * Relays between a viewer and the desktop until one of them ends.
   *
   * @return why the daemon ended it, empty when the viewer has
   */
  String relay(SocketChannel viewer, String ticket) throws IOException {
    try (WebSocketStream desktop = connect(ticket)) {
      Thread toViewer =
          Thread.ofVirtual().name("desktop to viewer").start(() -> toViewer(desktop, viewer));
      if (!toDesktop(viewer, desktop)) {
        join(toViewer); // Wait for the daemon's close, which has the reason.
      }
      desktop.close("the viewer has gone");
      join(toViewer);
      WebSocketStream.Ending ending = desktop.ending();
      return ending == null || ending.code() == 1000
          ? ""
          : ending.reason() + (ending.code() == 0 ? "" : " (" + ending.code() + ")");
    }
  }

  private WebSocketStream connect(String ticket) throws IOException {
    try {
      return connector.connect(
          uri, Map.of(), List.of(TicketDocument.subProtocols(ticket)), CONNECT);
    } catch (IOException e) {
      throw new IOException("the daemon did not let it in: " + e.getMessage(), e);
    }
  }

  /**
   * Relays viewer to desktop. A chunk is read only when the last one was taken, so a slow daemon
   * slows the viewer.
   *
   * @return false when the daemon takes nothing more, true when the viewer has gone
   */
  private static boolean toDesktop(SocketChannel viewer, WebSocketStream desktop) {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
    while (true) {
      try {
        if (viewer.read(chunk.clear()) < 0) {
          return true;
        }
      } catch (IOException e) {
        return true;
      }
      try {
        desktop.write(chunk.flip());
      } catch (IOException e) {
        return false;
      }
    }
  }

  private static void toViewer(WebSocketStream desktop, SocketChannel viewer) {
    try (viewer) {
      for (Optional<WebSocketStream.Message> next = desktop.next(FOREVER);
          next.isPresent();
          next = desktop.next(FOREVER)) {
        if (next.get() instanceof WebSocketStream.Message.BinaryMessage it) {
          ByteBuffer bytes = ByteBuffer.wrap(it.bytes());
          while (bytes.hasRemaining()) {
            viewer.write(bytes);
          }
        }
      }
    } catch (IOException e) {
      // The viewer has gone; the other direction notices.
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join(LAST_WORDS.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    connector.close();
  }
}
