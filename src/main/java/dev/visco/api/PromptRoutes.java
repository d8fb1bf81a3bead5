package dev.visco.api;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.http.EventFormat;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.api.http.Streams;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.prompt.PromptId;
import dev.visco.prompt.PromptService;
import dev.visco.prompt.PromptService.Opened;
import dev.visco.session.DetachedExecs;
import dev.visco.session.GuestUnreachable;
import dev.visco.wire.PromptDocument;
import dev.visco.wire.PromptEvent;
import dev.visco.wire.PromptRequest;
import java.io.IOException;
import java.util.List;

/** {@code /api/prompts}: tools in users' VMs answer prompts. */
final class PromptRoutes {
  private static final String ONE = "/api/prompts/{prompt}";

  private final PromptService prompts;
  private final DetachedExecs execs;

  PromptRoutes(PromptService prompts, DetachedExecs execs) {
    this.prompts = prompts;
    this.execs = execs;
  }

  List<Route> routes() {
    return List.of(
        Route.user("POST", "/api/prompts/execute", this::execute)
            .named("executePrompt", "Has a tool in a user's VM answer a prompt.")
            .heeding("Accept", "application/x-ndjson: lines instead of server-sent events")
            .asking(
                QueryParameter.flag(
                    "detach", "answer as soon as the tool runs, without its output"))
            .taking(PromptRequest.class)
            .answering(202, PromptDocument.class, "with detach: the tool runs")
            .answering(200, EventFormat.SSE.of(PromptEvent.class), "its answer as it comes")
            .answering(200, EventFormat.NDJSON.of(PromptEvent.class), "its answer as it comes"),
        Route.user("GET", "/api/prompts", this::list)
            .named("listPrompts", "Lists the prompts of a user's VMs, the newest first.")
            .asking(
                QueryParameter.text("user", "whose VMs; with a user's token it is that user"),
                QueryParameter.text("vm", "of this VM alone"))
            .listing(PromptDocument.class, "prompts")
            .openingGuest(),
        Route.user("GET", ONE, this::get)
            .named("getPrompt", "Shows how far a prompt is.")
            .answering(200, PromptDocument.class, "the prompt as it is now")
            .openingGuest(),
        Route.user("GET", ONE + "/events", this::events)
            .named("readPrompt", "Tells what a tool has answered to a prompt.")
            .heeding("Accept", "application/x-ndjson: lines instead of server-sent events")
            .asking(
                QueryParameter.flag("follow", "go on until the tool ends"),
                QueryParameter.number("offset", "go on after the event with this offset"))
            .answering(200, EventFormat.SSE.of(PromptEvent.class), "its answer")
            .answering(200, EventFormat.NDJSON.of(PromptEvent.class), "its answer")
            .openingGuest(),
        Route.user("POST", ONE + "/cancel", this::cancel)
            .named("cancelPrompt", "Ends a tool that answers a prompt, and its children.")
            .answering(200, PromptDocument.class, "the prompt as it is now"));
  }

  private static EventFormat format(Exchange exchange) {
    return EventFormat.accepted(exchange).orElse(EventFormat.SSE);
  }

  private static PromptId prompt(Exchange exchange) {
    return PromptId.of(exchange.path("prompt"));
  }

  private void execute(Exchange exchange) throws IOException, GuestUnreachable {
    PromptRequest asked = exchange.body(PromptRequest.class);
    PromptRequest request = asked.of(exchange.owner("userId", asked.userId()));
    if (exchange.isTrue("detach")) {
      PromptDocument started = prompts.start(request);
      exchange.located("/api/prompts/" + started.prompt());
      exchange.json(202, started);
      return;
    }
    // Refused before the tool is started when too many wait already.
    try (Streams.Stream client = exchange.waiting("prompt")) {
      PromptDocument started = prompts.start(request);
      PromptId id = PromptId.of(started.prompt());
      exchange.withHeader("Visco-Prompt", started.prompt());
      try {
        answer(exchange, client, id, 0, true);
      } finally {
        if (request.optionsOrNone().isCancelledOnDisconnect() && client.isLeft()) {
          prompts.cancel(id);
        }
      }
    }
  }

  private void events(Exchange exchange) throws IOException, GuestUnreachable {
    try (Streams.Stream client = exchange.waiting("prompt")) {
      long offset = exchange.number("offset", 0);
      answer(exchange, client, prompt(exchange), offset, exchange.isTrue("follow"));
    }
  }

  private void answer(
      Exchange exchange, Streams.Stream client, PromptId id, long offset, boolean follows)
      throws IOException, GuestUnreachable {
    EventFormat format = format(exchange);
    Opened opened = prompts.open(id);
    try (var session = opened.session()) {
      var output = execs.output(id.exec()).since(offset, 0);
      var attachment = new ExecAttachment(execs, session, id.exec(), output, client);
      exchange.stream(
          format.type(),
          out -> attachment.tell(new PromptEvents(opened.reading(), format, out), follows));
    }
  }

  private void list(Exchange exchange) throws GuestUnreachable {
    String vm = exchange.query("vm").orElse(null);
    String user = exchange.owner("user", exchange.query("user").orElse(null));
    if (user == null) {
      throw Refused.invalid("user", "", "is missing", "Say whose prompts, by ?user=.");
    }
    exchange.items(prompts.list(new UserId(user), vm));
  }

  private void get(Exchange exchange) throws GuestUnreachable {
    exchange.json(200, prompts.find(prompt(exchange)));
  }

  private void cancel(Exchange exchange) throws GuestUnreachable {
    exchange.json(200, prompts.cancel(prompt(exchange)));
  }
}
