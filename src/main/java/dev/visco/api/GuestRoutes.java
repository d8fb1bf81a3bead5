package dev.visco.api;

import dev.visco.api.http.ConsoleFollowers;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.api.http.Streams;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Durations;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.session.GuestCommand;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.wire.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** A VM's console, and commands in it ({@code exec}). */
final class GuestRoutes {
  private static final Duration CONNECT = Duration.ofSeconds(15);

  /** A follower is woken by every event; this only bounds one sleep. */
  private static final Duration LONG = Duration.ofHours(1);

  private final VmService vms;

  GuestRoutes(VmService vms) {
    this.vms = vms;
  }

  List<Route> routes() {
    return List.of(
        Route.user("GET", "/api/vms/{id}/console", this::console).asking("follow").audited(),
        Route.user("POST", "/api/vms/{id}/exec", this::exec),
        Route.user(Route.WEBSOCKET, "/api/vms/{id}/exec", this::execSocket),
        Route.user(Route.WEBSOCKET, "/api/vms/{id}/ports/{port}", this::portSocket));
  }

  /**
   * The console so far; with {@code follow=true} also what is appended, until the VM ends or the
   * client disconnects.
   */
  private void console(Exchange exchange) throws IOException {
    VmId id = exchange.vm();
    Path file = vms.consoleFile(id);
    if (!exchange.isTrue("follow")) {
      exchange.stream(
          "text/plain; charset=utf-8",
          out -> {
            try (var console = new ConsoleTail(file)) {
              console.copyTo(out);
            }
          });
      return;
    }
    try (Streams.Stream stream = exchange.waiting("console")) {
      exchange.stream("text/plain; charset=utf-8", out -> follow(id, file, stream, out));
    }
  }

  private void follow(VmId id, Path file, Streams.Stream stream, OutputStream out)
      throws IOException {
    var isChanged = new AtomicBoolean(true);
    Runnable onChange =
        () -> {
          isChanged.set(true);
          stream.wake();
        };
    try (var console = new ConsoleTail(file);
        VmService.Watching watching = vms.watch(id, onChange);
        ConsoleFollowers.Following following = stream.follow(file)) {
      console.copyTo(out);
      out.flush();
      while (!stream.isLeft() && (!isChanged.getAndSet(false) || isThere(id))) {
        stream.await(LONG);
        console.copyTo(out);
        out.flush();
      }
      // The end of the console may have come after the last copy.
      console.copyTo(out);
    }
  }

  private boolean isThere(VmId id) {
    return switch (vms.vm(id).state()) {
      case CREATING, STARTING, READY, PAUSED, FAILED, STOPPING -> true;
      case STOPPED, DESTROYING, DESTROYED -> false;
    };
  }

  private void execSocket(Exchange exchange) {
    exchange
        .upgrade()
        .accept(
            new ExecSocket(
                vms, exchange.vm(), exchange.isOperators(), exchange.registration("exec")));
  }

  private void portSocket(Exchange exchange) {
    String text = exchange.path("port");
    if (!text.matches("[1-9]\\d{0,4}") || Integer.parseInt(text) > 65_535) {
      throw Refused.invalid("port", text, "is no port", "Give a number from 1 to 65535.");
    }
    exchange
        .upgrade()
        .accept(
            new PortSocket(
                vms,
                exchange.vm(),
                Integer.parseInt(text),
                exchange.isOperators(),
                exchange.registration("port")));
  }

  /** {@code POST …/exec}. */
  record ExecRequest(
      @Nullable List<String> command,
      @Nullable Map<String, String> env,
      @Nullable String cwd,
      @Nullable String user,
      @Nullable String stdin,
      @Nullable String timeout) {
    GuestCommand guestCommand() {
      if (command == null || command.isEmpty()) {
        throw Refused.invalid(
            "command", "", "is missing", "Send a list: the program and its arguments.");
      }
      return new GuestCommand(command, Objects.requireNonNullElse(env, Map.of()), cwd, user);
    }
  }

  private void exec(Exchange exchange) throws IOException, GuestUnreachable {
    ExecRequest asked = exchange.body(ExecRequest.class);
    GuestCommand command = asked.guestCommand();
    String timeout = asked.timeout();
    Duration deadline = timeout == null ? Duration.ofMinutes(1) : Durations.of("timeout", timeout);
    String stdin = asked.stdin();
    byte[] input = stdin == null ? new byte[0] : stdin.getBytes(StandardCharsets.UTF_8);
    // The memory is held until the answer is written: a client may read slowly.
    try (GuestSession session = vms.session(exchange.vm(), CONNECT);
        GuestSession.GuestOutput output = run(session, command, input, deadline)) {
      exchange.stream("application/json", out -> write(output, out));
    }
  }

  /**
   * Writes piece by piece: as one text it would be held in memory three times, and a control
   * character takes six bytes of JSON.
   */
  private static void write(GuestSession.GuestOutput output, OutputStream out) {
    try (JsonGenerator json = Json.mapper().createGenerator(out)) {
      json.writeStartObject();
      json.writeNumberProperty("exitCode", output.exitCode());
      json.writeName("stdout");
      json.writeString(text(output.output()), -1);
      json.writeName("stderr");
      json.writeString(text(output.error()), -1);
      json.writeEndObject();
    }
  }

  private static Reader text(byte[] said) {
    return new InputStreamReader(new ByteArrayInputStream(said), StandardCharsets.UTF_8);
  }

  private static GuestSession.GuestOutput run(
      GuestSession session, GuestCommand command, byte[] input, Duration deadline)
      throws GuestUnreachable {
    try {
      return session.exec(command, input, deadline, GuestSession.MAX_OUTPUT);
    } catch (IOException e) {
      throw new GuestUnreachable(GuestUnreachable.GuestStage.BROKEN, e.getMessage() + "", e);
    }
  }
}
