package dev.visco.signin.session;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A provider for {@code demo-tool.pl}, run outside: {@code ADDRESS PORT}. It asks nobody for a
 * password: who opens its page has consented. {@code /control} says what it does instead: {@code
 * deny}, {@code bad-state}, {@code fail} its token endpoint, {@code slow} for seconds.
 */
public final class SmallProvider {
  private final Map<String, String> control = new ConcurrentHashMap<>();
  private final Set<String> tokens = ConcurrentHashMap.newKeySet();
  private final Map<String, String> devices = new ConcurrentHashMap<>();
  private final Set<String> approved = ConcurrentHashMap.newKeySet();
  private final AtomicInteger numbers = new AtomicInteger();

  private SmallProvider() {}

  /** Serves until it is killed. */
  public static void main(String[] arguments) throws IOException {
    var provider = new SmallProvider();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])), 10);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", provider::answer);
    server.start();
  }

  private void answer(HttpExchange exchange) throws IOException {
    Map<String, String> query = form(exchange.getRequestURI().getRawQuery());
    switch (exchange.getRequestURI().getPath()) {
      case "/control" -> {
        control.clear();
        control.putAll(query);
        say(exchange, 200, "ok");
      }
      case "/authorize" -> authorize(exchange, query);
      case "/device" -> device(exchange);
      case "/approve" -> {
        approved.add(query.getOrDefault("code", ""));
        say(exchange, 200, "approved");
      }
      case "/token" ->
          token(
              exchange,
              form(
                  new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.US_ASCII)));
      case "/whoami" -> {
        String given = exchange.getRequestHeaders().getFirst("Authorization");
        boolean isKnown = given != null && tokens.contains(given.replace("Bearer ", ""));
        say(exchange, isKnown ? 200 : 401, "");
      }
      default -> say(exchange, 404, "");
    }
  }

  private static Map<String, String> form(String text) {
    var fields = new TreeMap<String, String>();
    for (String pair : (text == null ? "" : text).split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        fields.put(
            pair.substring(0, equals),
            URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    return fields;
  }

  private void authorize(HttpExchange exchange, Map<String, String> query) throws IOException {
    String state = control.containsKey("bad-state") ? "other" : query.get("state");
    String outcome =
        control.containsKey("deny") ? "error=access_denied" : "code=c" + numbers.incrementAndGet();
    exchange
        .getResponseHeaders()
        .set("Location", query.get("redirect_uri") + "?" + outcome + "&state=" + state);
    say(exchange, 302, "");
  }

  private void device(HttpExchange exchange) throws IOException {
    String code = "AB%02d-WXYZ".formatted(numbers.incrementAndGet());
    String device = "d" + numbers.incrementAndGet();
    devices.put(device, code);
    say(exchange, 200, "{\"user_code\":\"%s\",\"device_code\":\"%s\"}".formatted(code, device));
  }

  private void token(HttpExchange exchange, Map<String, String> form) throws IOException {
    String device = form.get("device_code");
    if (device != null && !approved.contains(devices.getOrDefault(device, "?"))) {
      say(exchange, 428, "authorization_pending");
      return;
    }
    if (control.containsKey("fail")) {
      say(exchange, 500, "");
      return;
    }
    pause();
    String token = "t0k3n-%d-of-the-demo".formatted(numbers.incrementAndGet());
    tokens.add(token);
    say(exchange, 200, "{\"token\": \"" + token + "\", \"expires\": 4000000000}");
  }

  private void pause() {
    try {
      Thread.sleep(1000L * Integer.parseInt(control.getOrDefault("slow", "0")));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void say(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
