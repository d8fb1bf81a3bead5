package dev.visco.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.visco.model.Cidr;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a webhook's request is on the wire, and where it does not go. */
@Timeout(60)
class HttpPostTest {
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          asked.add(
              exchange.getRequestMethod()
                  + " "
                  + path
                  + " "
                  + exchange.getRequestHeaders().getFirst("Content-Type")
                  + " "
                  + exchange.getRequestHeaders().getFirst("Webhook-id")
                  + " "
                  + body);
          try (exchange) {
            switch (path) {
              case "/moved" -> {
                exchange.getResponseHeaders().set("Location", "/elsewhere");
                exchange.sendResponseHeaders(302, -1);
              }
              case "/busy" -> {
                exchange.getResponseHeaders().set("Retry-After", "120");
                exchange.sendResponseHeaders(429, -1);
              }
              case "/endless" -> {
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().write(new byte[1 << 20]);
              }
              default -> exchange.sendResponseHeaders(204, -1);
            }
          }
        });
    server.start();
  }

  @AfterEach
  void end() {
    server.stop(0);
  }

  private URI at(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }

  private static HttpPost post(String... networks) {
    return new HttpPost(
        new WebhookAddresses(
            List.of(networks).stream().map(one -> Cidr.of("network", one)).toList()));
  }

  @Test
  void itIsAPostOfJsonWhoseStatusCounts() throws Exception {
    try (HttpPost post = post("127.0.0.0/8")) {
      assertThat(post.post(at("/hook"), Map.of("webhook-id", "msg_1"), "{\"a\":\"ä\"}").status())
          .isEqualTo(204);
      assertThat(asked).containsExactly("POST /hook application/json msg_1 {\"a\":\"ä\"}");
      assertThat(post.post(at("/moved"), Map.of(), "{}").status()).isEqualTo(302);
      assertThat(asked).as("no redirect is followed").hasSize(2);
      assertThat(post.post(at("/busy"), Map.of(), "{}").retryAfter())
          .contains(Duration.ofMinutes(2));
      assertThat(post.post(at("/endless"), Map.of(), "{}").status()).isEqualTo(200);
      assertThat(post.post(at("/hook"), Map.of(), "{}").status()).isEqualTo(204);
    }
  }

  /** Whatever a name means: the address that is connected to is the one that was checked. */
  @Test
  void privateAddressesAreNotConnectedTo() throws Exception {
    try (HttpPost post = post("10.0.0.0/8")) {
      assertThatThrownBy(() -> post.post(at("/hook"), Map.of(), "{}"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("private addresses only")
          .hasMessageContaining("webhooks.networks");
      URI named = URI.create("http://localhost:" + server.getAddress().getPort() + "/hook");
      assertThatThrownBy(() -> post.post(named, Map.of(), "{}"))
          .hasMessageContaining("private addresses only");
    }
    assertThat(asked).isEmpty();
  }

  @Test
  void nobodyThereIsAFailureWithItsReason() throws Exception {
    URI url = at("/hook");
    server.stop(0);
    try (HttpPost post = post("127.0.0.0/8")) {
      assertThatThrownBy(() -> post.post(url, Map.of(), "{}"))
          .isInstanceOf(IOException.class)
          .message()
          .isNotBlank();
    }
  }
}
