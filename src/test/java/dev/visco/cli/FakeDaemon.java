package dev.visco.cli;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/** An API that gives fixed answers, by method and path, and the command line that asks it. */
final class FakeDaemon implements AutoCloseable {
  private static final String MISSING =
      "{\"type\":\"urn:visco:problem:not-found\",\"title\":\"Not found\",\"status\":404,"
          + "\"detail\":\"There is no such thing.\",\"remedy\":\"Look elsewhere.\"}";
  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private final HttpServer server;
  final List<String> asked = new CopyOnWriteArrayList<>();
  private final AtomicReference<String> sent = new AtomicReference<>("");

  private final AtomicReference<Headers> headers = new AtomicReference<>(new Headers());

  FakeDaemon() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext(
        "/",
        exchange -> {
          String question = exchange.getRequestMethod() + " " + exchange.getRequestURI();
          asked.add(question);
          headers.set(exchange.getRequestHeaders());
          sent.set(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          String answer = answers.get(question);
          byte[] bytes = (answer == null ? MISSING : answer).getBytes(StandardCharsets.UTF_8);
          try (exchange) {
            exchange.sendResponseHeaders(answer == null ? 404 : 200, bytes.length);
            exchange.getResponseBody().write(bytes);
          }
        });
    server.start();
  }

  /** What a request like {@code GET /api/vms} gets; everything else is not found. */
  FakeDaemon answering(String question, String json) {
    answers.put(question, json);
    return this;
  }

  /** The body of the last request. */
  String sent() {
    return sent.get();
  }

  /** A header field of the last request; empty when it had none of this name. */
  String header(String name) {
    return Objects.requireNonNullElse(headers.get().getFirst(name), "");
  }

  ApiAddress address() {
    return new ApiAddress("127.0.0.1", server.getAddress().getPort(), "token");
  }

  /** What a command printed, and its exit code. */
  record Said(int code, String out, String err) {}

  Said run(String... arguments) {
    return run(Screen.NONE, arguments);
  }

  Said runOnTerminal(String... arguments) {
    return run(new Screen(true, 0, false, false), arguments);
  }

  Said run(Screen screen, String... arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code =
        Visco.commandLine(
                flags -> address(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                List.of(),
                screen)
            .execute(arguments);
    return new Said(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
