package dev.visco.api;

import dev.visco.api.ExecRoutes.ExecRequest;
import dev.visco.api.description.QueryParameter;
import dev.visco.api.http.EventFormat;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.api.http.Streams;
import dev.visco.delivery.ToolCredentials;
import dev.visco.delivery.ToolEnvironment;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.session.DetachedExec;
import dev.visco.session.DetachedExec.ExecState;
import dev.visco.session.DetachedExecs;
import dev.visco.session.ExecId;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.wire.ExecDocument;
import dev.visco.wire.ExecEvent;
import dev.visco.wire.RemovedDocument;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code /api/vms/{id}/execs}: commands in a VM that outlive whoever started them. */
final class DetachedRoutes {
  private static final String ONE = "/api/vms/{id}/execs/{exec}";

  /** How often a guest is asked whether a command has ended. */
  private static final Duration POLL = Duration.ofMillis(500);

  private final VmService vms;
  private final ToolCredentials tools;
  private final DetachedExecs execs;

  DetachedRoutes(VmService vms, ToolCredentials tools, DetachedExecs execs) {
    this.vms = vms;
    this.tools = tools;
    this.execs = execs;
  }

  List<Route> routes() {
    return List.of(
        Route.user("POST", "/api/vms/{id}/execs", this::start)
            .named("startExec", "Starts a command that runs on whoever ends.")
            .taking(ExecRequest.class)
            .answering(201, ExecDocument.class, "the guest runs it"),
        Route.user("GET", "/api/vms/{id}/execs", this::list)
            .named("listExecs", "Lists a VM's detached commands, the newest first.")
            .listing(ExecDocument.class, "detached commands")
            .openingGuest(),
        Route.user("GET", ONE, this::get)
            .named("getExec", "Shows a detached command, or waits until it has ended.")
            .asking(
                QueryParameter.word("wait", "answer when it has ended", "exited"),
                QueryParameter.duration(
                    "timeout", "how long to wait at most, 30s when it is left out"))
            .answering(200, ExecDocument.class, "the command as it is now")
            .openingGuest(),
        Route.user("GET", ONE + "/output", this::output)
            .named("readExecOutput", "Tells what a detached command has written.")
            .heeding("Accept", "text/event-stream: server-sent events instead of lines")
            .asking(
                QueryParameter.flag("follow", "go on until it ends"),
                QueryParameter.number("stdout", "offset from which to read standard output"),
                QueryParameter.number("stderr", "offset from which to read standard error"))
            .answering(200, EventFormat.NDJSON.of(ExecEvent.class), "its output")
            .answering(200, EventFormat.SSE.of(ExecEvent.class), "its output")
            .openingGuest(),
        Route.user("POST", ONE + "/signal", this::signal)
            .named("signalExec", "Sends a signal to a detached command and its children.")
            .taking(SignalRequest.class)
            .answering(200, SignalledExec.class, "it was sent"),
        Route.user("DELETE", ONE, this::remove)
            .named("removeExec", "Removes what is kept of a detached command that has ended.")
            .answering(200, RemovedDocument.class, "it is removed"));
  }

  private void start(Exchange exchange) throws IOException, GuestUnreachable {
    ExecRequest asked = exchange.body(ExecRequest.class);
    if (Boolean.FALSE.equals(asked.detach())) {
      throw Refused.invalid(
          "detach", "false", "is not for this", "Leave it out, or use POST /api/vms/{id}/exec.");
    }
    start(exchange, asked);
  }

  /** Answers with the command as soon as the guest runs it. */
  void start(Exchange exchange, ExecRequest asked) throws GuestUnreachable {
    VmId id = exchange.vm();
    var timeout = ExecRoutes.timeout(asked.timeout());
    DetachedExec started;
    try (ToolEnvironment given = asked.given(tools, id)) {
      var command = asked.guestCommand(vms.usual(id), given.plain());
      started =
          in(
              id,
              session ->
                  execs.start(session, command, given.secret(), asked.input(), timeout, null));
    }
    exchange.located("/api/vms/" + id + "/execs/" + started.id());
    exchange.json(201, document(id, started));
  }

  /** Work in a guest. */
  private interface GuestWork<T> {
    T done(GuestSession session) throws IOException;
  }

  private <T> T in(VmId id, GuestWork<T> work) throws GuestUnreachable {
    try (GuestSession session = vms.session(id, ExecRoutes.CONNECT)) {
      return in(session, work);
    }
  }

  private static <T> T in(GuestSession session, GuestWork<T> work) throws GuestUnreachable {
    try {
      return work.done(session);
    } catch (IOException e) {
      throw new GuestUnreachable(GuestUnreachable.GuestStage.BROKEN, e.getMessage() + "", e);
    }
  }

  private static ExecDocument document(VmId vm, DetachedExec one) {
    return new ExecDocument(
        one.id().value(),
        vm.value(),
        one.info().command(),
        one.info().cwd(),
        one.info().user(),
        one.state().name().toLowerCase(Locale.ROOT),
        one.exitCode(),
        one.isTimedOut() ? true : null,
        one.info().started(),
        one.ended());
  }

  private void list(Exchange exchange) throws GuestUnreachable {
    VmId id = exchange.vm();
    List<DetachedExec> all = in(id, execs::list);
    exchange.items(all.stream().map(one -> document(id, one)).toList());
  }

  private static ExecId exec(Exchange exchange) {
    return new ExecId(exchange.path("exec"));
  }

  private void get(Exchange exchange) throws GuestUnreachable {
    VmId id = exchange.vm();
    ExecId exec = exec(exchange);
    boolean waits = VmWaiting.isAsked(exchange);
    Duration max = exchange.duration("timeout", Duration.ofSeconds(30), VmWaiting.MAX);
    DetachedExec found =
        waits
            ? in(id, session -> awaited(exchange, session, exec, max))
            : in(id, session -> execs.find(session, exec));
    exchange.json(200, document(id, found));
  }

  /** The command once it has ended, the time is up, or the client has left. */
  private DetachedExec awaited(Exchange exchange, GuestSession session, ExecId exec, Duration max)
      throws IOException {
    long end = System.nanoTime() + max.toNanos();
    try (Streams.Stream client = exchange.waiting("exec")) {
      DetachedExec now = execs.find(session, exec);
      while (now.state() == ExecState.RUNNING && System.nanoTime() < end && !client.isLeft()) {
        client.await(POLL);
        now = execs.find(session, exec);
      }
      return now;
    }
  }

  /** {@code POST …/signal}. */
  record SignalRequest(@Nullable String signal) {}

  /** What {@code POST …/signal} answers. */
  record SignalledExec(String exec, String signal) {}

  private void signal(Exchange exchange) throws IOException, GuestUnreachable {
    ExecId exec = exec(exchange);
    String asked = exchange.body(SignalRequest.class).signal();
    String signal = asked == null ? "TERM" : asked;
    in(
        exchange.vm(),
        session -> {
          execs.signal(session, exec, signal);
          return exec;
        });
    exchange.json(200, new SignalledExec(exec.value(), signal));
  }

  private void remove(Exchange exchange) throws GuestUnreachable {
    ExecId exec = exec(exchange);
    in(
        exchange.vm(),
        session -> {
          execs.remove(session, exec);
          return exec;
        });
    exchange.json(200, new RemovedDocument(exec.value()));
  }

  private void output(Exchange exchange) throws IOException, GuestUnreachable {
    ExecId exec = exec(exchange);
    boolean follows = exchange.isTrue("follow");
    long stdout = exchange.number("stdout", 0);
    long stderr = exchange.number("stderr", 0);
    EventFormat format = EventFormat.accepted(exchange).orElse(EventFormat.NDJSON);
    try (Streams.Stream client = exchange.waiting("exec");
        GuestSession session = vms.session(exchange.vm(), ExecRoutes.CONNECT)) {
      in(session, opened -> execs.find(opened, exec)); // Refused before anything is answered.
      var reading = execs.output(exec).since(stdout, stderr);
      var attachment = new ExecAttachment(execs, session, exec, reading, client);
      exchange.stream(format.type(), out -> attachment.tell(new ExecEvents(format, out), follows));
    }
  }
}
