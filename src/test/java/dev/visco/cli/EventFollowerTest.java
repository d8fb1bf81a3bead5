package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A stream of events that breaks off goes on where it was. */
@Timeout(60)
class EventFollowerTest {
  private final List<String> resumed = new CopyOnWriteArrayList<>();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void end() {
    server.stop(0);
  }

  /** Two events, and then the daemon ends in the middle; after that a third one; then a refusal. */
  private void answer(HttpExchange exchange) throws IOException {
    resumed.add(exchange.getRequestHeaders().getFirst("Last-Event-ID") + "");
    try (exchange) {
      if (resumed.size() == 3) {
        exchange.sendResponseHeaders(401, -1);
        return;
      }
      exchange.sendResponseHeaders(200, 10_000); // More than comes.
      OutputStream out = exchange.getResponseBody();
      String text =
          resumed.size() == 1
              ? "id: 4\n\n" + event(5) + ": heart beat\nid: 7\n\n" + event(8)
              : event(9);
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
    }
  }

  private static String event(int id) {
    return "id: %1$d\nevent: note\ndata: {\"id\":%1$d}\n\n".formatted(id);
  }

  private EventFollower follower() {
    var address = new ApiAddress("127.0.0.1", server.getAddress().getPort(), "token");
    return new EventFollower(new DaemonClient(address), "/api/events", "");
  }

  @Test
  void itGoesOnAfterTheLastOneAndEndsWithItsReader() {
    var ids = new ArrayList<Integer>();
    follower()
        .follow(event -> {
          ids.add(event.path("id").asInt());
          return ids.size() < 3;
        });
    assertThat(ids).containsExactly(5, 8, 9);
    assertThat(resumed).containsExactly("null", "8");
  }

  @Test
  void aRefusalEndsIt() {
    assertThatThrownBy(() -> follower().follow(event -> true))
        .isInstanceOfSatisfying(
            ApiException.class, e -> assertThat(e.exitCode()).isEqualTo(CommandExitCode.REFUSED));
    assertThat(resumed).containsExactly("null", "8", "9");
  }

  @Test
  void aDaemonThatNeverAnsweredIsNotWaitedFor() {
    server.stop(0);
    assertThatThrownBy(() -> follower().follow(event -> true))
        .isInstanceOfSatisfying(
            ApiException.class,
            e -> assertThat(e.exitCode()).isEqualTo(CommandExitCode.UNREACHABLE));
  }
}
