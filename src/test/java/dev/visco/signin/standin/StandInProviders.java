package dev.visco.signin.standin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.visco.relay.secret.CertificateAuthority;
import dev.visco.relay.secret.HostCertificates;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for the providers of Codex and Claude Code, as a program of its own outside: sign-in
 * pages with name and password, tokens that are refreshed and revoked, and models that answer. It
 * serves what the tools were seen to ask for, and nothing else; {@code StandInProvidersTest} holds
 * it to that.
 */
public final class StandInProviders {
  /** The only user, and their password. */
  static final String NAME = "alice";

  static final String PASSWORD = "correct horse";

  private final CodexStandIn codex;
  private final ClaudeStandIn claude;
  private final @Nullable PrintStream log;

  /**
   * @param log where each request goes as a line of JSON; null for nowhere
   */
  StandInProviders(InstantSource clock, @Nullable PrintStream log) {
    this.codex = new CodexStandIn(new StandInTokens(clock));
    this.claude = new ClaudeStandIn(new StandInTokens(clock));
    this.log = log;
  }

  /**
   * Serves until it is killed.
   *
   * @param arguments an address; the port of Codex's provider, by http; the file with the encoded
   *     authority for Claude Code's; its hosts as {@code HOST=ADDRESS}, by https
   */
  public static void main(String[] arguments) throws IOException {
    var providers = new StandInProviders(InstantSource.system(), System.out);
    CertificateAuthority authority =
        CertificateAuthority.of(Files.readAllBytes(Path.of(arguments[2])));
    var certificates = new HostCertificates(authority, InstantSource.system(), new Random());
    for (String host : Arrays.asList(arguments).subList(3, arguments.length)) {
      String[] parts = host.split("=", 2);
      HttpsServer server = HttpsServer.create(new InetSocketAddress(parts[1], 443), 50);
      server.setHttpsConfigurator(new HttpsConfigurator(certificates.of(parts[0])));
      providers.start(server);
    }
    int port = Integer.parseInt(arguments[1]);
    providers.start(HttpServer.create(new InetSocketAddress(arguments[0], port), 50));
  }

  /** Has a server answer as all of the providers, by the host that it is asked for. */
  void start(HttpServer server) {
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::serve);
    server.start();
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      StandInRequest request = StandInRequest.of(exchange);
      StandInAnswer answer = answer(request);
      note(request, answer);
      answer.fields().forEach(exchange.getResponseHeaders()::set);
      byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
      boolean isEmpty = body.length == 0 || request.method().equals("HEAD");
      exchange.sendResponseHeaders(answer.status(), isEmpty ? -1 : body.length);
      if (!isEmpty) {
        exchange.getResponseBody().write(body);
      }
    } catch (RuntimeException e) {
      e.printStackTrace();
    }
  }

  /** What the provider of the request's host answers. */
  StandInAnswer answer(StandInRequest request) {
    return isClaude(request.host()) ? claude.answer(request) : codex.answer(request);
  }

  private static boolean isClaude(String host) {
    return host.toLowerCase(Locale.ROOT).matches("(.*\\.)?(claude|anthropic)\\.com(:\\d+)?");
  }

  private void note(StandInRequest request, StandInAnswer answer) {
    if (log != null) {
      var noted = new LinkedHashMap<String, Object>();
      noted.put("method", request.method());
      noted.put("host", request.host());
      noted.put("path", request.path());
      noted.put("query", request.query());
      noted.put("fields", new TreeMap<>(request.fields()));
      noted.put("body", request.body());
      noted.put("status", answer.status());
      synchronized (this) {
        log.println(Json.line(noted));
        log.flush();
      }
    }
  }

  /** A page with a form, which asks for name and password. */
  static StandInAnswer signInPage(String problem, Map<String, String> hidden, List<String> asked) {
    var form = new StringBuilder();
    hidden.forEach((name, value) ->
        form.append("<input type=hidden name=\"%s\" value=\"%s\">".formatted(name, text(value))));
    asked.forEach(name -> form.append("<p>%s <input name=%s></p>".formatted(name, name)));
    return new StandInAnswer(
        problem.isEmpty() ? 200 : 403,
        Map.of("Content-Type", "text/html; charset=utf-8"),
        "<!DOCTYPE html><title>Sign in</title><h1>Sign in</h1><p>%s</p><form method=post>%s<button>Sign in</button></form>"
            .formatted(problem, form));
  }

  private static String text(String value) {
    return value.replace("&", "&amp;").replace("\"", "&quot;").replace("<", "&lt;");
  }

  static boolean isTheUser(Map<String, String> form) {
    return NAME.equals(form.get("name")) && PASSWORD.equals(form.get("password"));
  }
}
