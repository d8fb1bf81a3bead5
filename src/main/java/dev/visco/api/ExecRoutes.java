package dev.visco.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.api.http.EventFormat;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Role;
import dev.visco.api.http.Route;
import dev.visco.api.http.Streams;
import dev.visco.api.http.Upgrade;
import dev.visco.api.http.UserView;
import dev.visco.delivery.ToolCredentials;
import dev.visco.delivery.ToolEnvironment;
import dev.visco.lifecycle.UsualProgram;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Durations;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.session.CommandTimeout;
import dev.visco.session.GuestCommand;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestSession.GuestProcess;
import dev.visco.session.GuestUnreachable;
import dev.visco.wire.ExecDocument;
import dev.visco.wire.ExecEvent;
import dev.visco.wire.GuestTicketDocument;
import dev.visco.wire.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * Commands in a VM, to their end: answered whole, streamed as events, or by a WebSocket ({@link
 * ExecSocket}).
 */
final class ExecRoutes {
  /** Time limit for signing in to the guest. */
  static final Duration CONNECT = Duration.ofSeconds(15);

  /** How often a silent stream of server-sent events says that it is there. */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

  private final VmService vms;
  private final ToolCredentials tools;
  private final DetachedRoutes detached;

  /**
   * @param detached starts a command that is asked for with {@code detach}
   */
  ExecRoutes(VmService vms, ToolCredentials tools, DetachedRoutes detached) {
    this.tools = tools;
    this.vms = vms;
    this.detached = detached;
  }

  List<Route> routes() {
    return List.of(
        Route.user("POST", "/api/vms/{id}/exec", this::exec)
            .named("exec", "Runs a command in the guest.")
            .heeding("Accept", "application/x-ndjson or text/event-stream: output as it comes")
            .taking(ExecRequest.class)
            .answering(200, ExecAnswer.class, "what it has written, once it has ended")
            .answering(201, ExecDocument.class, "with detach: the guest runs it")
            .answering(200, EventFormat.NDJSON.of(ExecEvent.class), "its output as it comes")
            .answering(200, EventFormat.SSE.of(ExecEvent.class), "its output as it comes"),
        Route.user(Route.WEBSOCKET, "/api/vms/{id}/exec", this::socket)
            .named("execSocket", "Runs a command in the guest with its streams, or a terminal.")
            .withRole(Role.GUEST_SOCKET));
  }

  private void socket(Exchange exchange) {
    Upgrade upgrade = exchange.upgrade();
    upgrade.speakIfOffered(GuestTicketDocument.GUEST);
    upgrade.accept(
        new ExecSocket(
            vms, tools, exchange.vm(), exchange.isOperators(), exchange.registration("exec")));
  }

  /**
   * What {@code POST …/exec} answers; in the texts, what is no UTF-8 is replaced by U+FFFD.
   *
   * @param stdoutBase64 all of the output, byte by byte; left out where that is UTF-8, as
   *     stderrBase64 is
   * @param timedOut true when its time was up, and it was ended for that; left out otherwise
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record ExecAnswer(
      int exitCode,
      String stdout,
      String stderr,
      byte @Nullable [] stdoutBase64,
      byte @Nullable [] stderrBase64,
      @Nullable Boolean timedOut) {}

  /** {@code POST …/exec}. */
  record ExecRequest(
      @Nullable List<String> command,
      @Nullable Map<String, String> env,
      @Nullable String cwd,
      @Nullable String user,
      @Nullable String stdin,
      @Nullable String timeout,
      @Nullable Boolean detach) {
    /** What its tool gets of credentials, but what it sets itself. */
    ToolEnvironment given(ToolCredentials tools, VmId vm) {
      return tools.ofCommand(vm, words()).without(variables().keySet());
    }

    private List<String> words() {
      if (command == null || command.isEmpty()) {
        throw Refused.invalid(
            "command", "", "is missing", "Send a list: the program and its arguments.");
      }
      return command;
    }

    private Map<String, String> variables() {
      return Objects.requireNonNullElse(env, Map.of());
    }

    /**
     * The command.
     *
     * @param given variables besides its own
     */
    GuestCommand guestCommand(UsualProgram usual, Map<String, String> given) {
      var all = new HashMap<>(given);
      all.putAll(variables());
      return usual.command(words(), all, cwd, user);
    }

    /** The command, which reads what is secret from its input. */
    GuestCommand guestCommand(UsualProgram usual, ToolEnvironment given) {
      return given.command(usual, words(), variables(), cwd, user);
    }

    byte[] input() {
      return stdin == null ? new byte[0] : stdin.getBytes(StandardCharsets.UTF_8);
    }
  }

  /** The timeout of a command; null when none is given. */
  static @Nullable Duration timeout(@Nullable String text) {
    if (text == null) {
      return null;
    }
    Duration timeout = Durations.of("timeout", text);
    if (timeout.isZero()) {
      throw Refused.invalid(
          "timeout", text, "leaves no time", "Give a time, like 90s, or leave it out.");
    }
    return timeout;
  }

  private void exec(Exchange exchange) throws IOException, GuestUnreachable {
    ExecRequest asked = exchange.body(ExecRequest.class);
    if (Boolean.TRUE.equals(asked.detach())) {
      detached.start(exchange, asked);
      return;
    }
    try (ToolEnvironment given = asked.given(tools, exchange.vm())) {
      exec(exchange, asked, given);
    }
  }

  private void exec(Exchange exchange, ExecRequest asked, ToolEnvironment given)
      throws IOException, GuestUnreachable {
    GuestCommand command = asked.guestCommand(vms.usual(exchange.vm()), given);
    byte[] input = given.input(asked.input());
    Duration timeout = timeout(asked.timeout());
    var format = EventFormat.accepted(exchange);
    if (format.isPresent()) {
      stream(exchange, format.get(), command, input, timeout);
      return;
    }
    Duration limit = Objects.requireNonNullElse(timeout, Duration.ofMinutes(1));
    // The memory is held until the answer is written: a client may read slowly.
    try (GuestSession session = vms.session(exchange.vm(), CONNECT);
        GuestSession.GuestOutput output = run(session, command, input, limit)) {
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
      writeBytes(json, "stdoutBase64", output.output());
      writeBytes(json, "stderrBase64", output.error());
      if (output.ending().isTimedOut()) {
        json.writeBooleanProperty("timedOut", true);
      }
      json.writeEndObject();
    }
  }

  /** Writes nothing for what is UTF-8, of which nothing is lost in the text. */
  private static void writeBytes(JsonGenerator json, String name, byte[] said) {
    if (!isUtf8(said)) {
      json.writeName(name);
      json.writeBinary(new ByteArrayInputStream(said), said.length);
    }
  }

  private static boolean isUtf8(byte[] said) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(said);
    CharBuffer out = CharBuffer.allocate(4096);
    CoderResult result;
    do {
      result = decoder.decode(in, out.clear(), true);
    } while (result.isOverflow());
    return !result.isError();
  }

  private static Reader text(byte[] said) {
    return new InputStreamReader(new ByteArrayInputStream(said), StandardCharsets.UTF_8);
  }

  private static GuestSession.GuestOutput run(
      GuestSession session, GuestCommand command, byte[] input, Duration timeout)
      throws GuestUnreachable {
    try {
      return session.execLimited(command, input, timeout, GuestSession.MAX_OUTPUT);
    } catch (IOException e) {
      throw new GuestUnreachable(GuestUnreachable.GuestStage.BROKEN, e.getMessage() + "", e);
    }
  }

  /** What cannot be started is answered as a problem; the stream begins with the command. */
  private void stream(
      Exchange exchange,
      EventFormat format,
      GuestCommand command,
      byte[] input,
      @Nullable Duration timeout)
      throws IOException, GuestUnreachable {
    try (Streams.Stream client = exchange.waiting("exec");
        GuestSession session = vms.session(exchange.vm(), CONNECT)) {
      exchange.stream(
          format.type(),
          out -> {
            var events = new ExecEvents(format, out);
            try (GuestProcess process = start(session, command, events)) {
              events.flush();
              Thread.ofVirtual().start(() -> write(process, input));
              follow(exchange, events, process, timeout, client);
            }
          });
    }
  }

  private static GuestProcess start(GuestSession session, GuestCommand command, ExecEvents events)
      throws IOException {
    return session.start(
        command, events.channel(ExecEvent.OUTPUT), events.channel(ExecEvent.ERRORS));
  }

  private static void write(GuestProcess process, byte[] input) {
    try (OutputStream in = process.input()) {
      in.write(input);
    } catch (IOException e) {
      // The command ended without reading all of its input; its exit code counts.
    }
  }

  /** Waits for the command's end; a client that leaves earlier takes its channel with it. */
  private static void follow(
      Exchange exchange,
      ExecEvents events,
      GuestProcess process,
      @Nullable Duration timeout,
      Streams.Stream client)
      throws IOException {
    try (var limit = new CommandTimeout(process, timeout)) {
      var ending = new ExecEnding(limit, client::wake);
      while (!ending.isThere()) {
        if (client.isLeft()) {
          return;
        }
        if (!client.await(KEEP_ALIVE)) {
          events.flush();
        }
      }
      events.tell(ending.event());
    } catch (Refused e) {
      events.tell(ExecEvent.broken(UserView.words(exchange.isOperators(), e.refusal())));
    }
  }
}
