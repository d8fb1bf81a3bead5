package dev.visco.api;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.http.EventFormat;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Page;
import dev.visco.api.http.Route;
import dev.visco.api.http.Streams;
import dev.visco.events.EventDocuments;
import dev.visco.events.EventService;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.store.EventKind;
import dev.visco.store.EventRow;
import dev.visco.store.EventRows.EventQuery;
import dev.visco.wire.EventDocument;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/events}: what has happened, as a list, or as a stream for {@code Accept:
 * text/event-stream} (server-sent events; HTML, section 9.2). Users see what is theirs.
 */
public final class EventRoutes {
  private static final int USUAL = 100;
  private static final String LAST = "Last-Event-ID";

  /** Proxies end connections on which nothing comes for a minute. */
  private static final Duration HEART_BEAT = Duration.ofSeconds(15);

  /** A client that takes nothing for so long is let go. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final EventService events;
  private final Duration heartBeat;
  private final Duration patience;

  public EventRoutes(EventService events) {
    this(events, HEART_BEAT, PATIENCE);
  }

  /**
   * @param heartBeat after how long a stream without events is sent a comment
   * @param patience how long a client may take nothing of what it is sent
   */
  EventRoutes(EventService events, Duration heartBeat, Duration patience) {
    this.events = events;
    this.heartBeat = heartBeat;
    this.patience = patience;
  }

  public List<Route> routes() {
    return List.of(
        Route.user("GET", "/api/events", this::events)
            .named("listEvents", "Lists events, the newest first, or goes on with what happens.")
            .asking(
                QueryParameter.number("after", "oldest first, only with a higher id"),
                QueryParameter.text("vm", "only about this VM"),
                QueryParameter.text("user", "only about this user and what it has"),
                QueryParameter.text("kind", "only of these kinds, with commas between them"),
                QueryParameter.time("since", "only from then on"))
            .inPages(EventDocument.class, "before", "events")
            .heeding("Accept", "text/event-stream: events as they come")
            .heeding(LAST, "with a stream: after which event it begins")
            .answering(200, EventFormat.SSE.of(EventDocument.class), "events as they come"));
  }

  private void events(Exchange exchange) throws IOException {
    var query =
        new EventQuery(
            exchange.query("vm").map(text -> exchange.vm(text).value()).orElse(null),
            exchange.owner("user", exchange.query("user").orElse(null)),
            exchange.query("kind").map(text -> kinds("kind", text)).orElse(List.of()),
            exchange.query("since").map(EventRoutes::since).orElse(0L));
    if (EventFormat.accepted(exchange).filter(EventFormat.SSE::equals).isPresent()) {
      stream(exchange, query);
    } else {
      list(exchange, query);
    }
  }

  /** Newest first; with {@code after} oldest first, so that whoever continues misses none. */
  private void list(Exchange exchange, EventQuery query) {
    String viewer = viewer(exchange);
    if (exchange.query("after").isPresent()) {
      refuse(exchange, "before", "does not go with after", "Give one of them.");
      long after = exchange.number("after", 0);
      new Page<EventRow>("after", EventRow::id)
          .answer(
              exchange,
              USUAL,
              limit -> events.after(query, limit, after),
              row -> EventDocuments.of(row, viewer));
    } else {
      long before = exchange.number("before", Long.MAX_VALUE);
      new Page<EventRow>("before", EventRow::id)
          .answer(
              exchange,
              USUAL,
              limit -> events.before(query, limit, before),
              row -> EventDocuments.of(row, viewer));
    }
  }

  private static void refuse(Exchange exchange, String name, String what, String remedy) {
    exchange
        .query(name)
        .ifPresent(value -> {
          throw Refused.invalid(name, value, what, remedy);
        });
  }

  /** The user whose token asks; null for an operator. */
  private static @Nullable String viewer(Exchange exchange) {
    return exchange.user().map(UserId::value).orElse(null);
  }

  /** Words of kinds, or of what they are about, with commas between them; refused as a field. */
  static List<EventKind> kinds(String field, String text) {
    var kinds = new ArrayList<EventKind>();
    for (String word : text.split(",", -1)) {
      List<EventKind> found =
          EventKind.of(word).map(List::of).orElseGet(() -> EventKind.about(word));
      if (found.isEmpty()) {
        throw Refused.invalid(
            field,
            word,
            "is no kind of event",
            "Give kinds like vm-ready, or what they are about, like vm, with commas between them.");
      }
      kinds.addAll(found);
    }
    return kinds;
  }

  /** A time of a query's {@code since}, in milliseconds after the epoch. */
  static long since(String text) {
    try {
      return Instant.parse(text).toEpochMilli();
    } catch (DateTimeException | ArithmeticException e) {
      throw Refused.invalid(
          "since", text, "is no time", "Give one like 2026-01-31T10:00:00Z (ISO 8601).");
    }
  }

  /**
   * First what came after the event that the client had last, then what comes, until the client
   * leaves. One that names no event gets those from {@code since} on, or only new ones.
   */
  private void stream(Exchange exchange, EventQuery query) throws IOException {
    for (String name : List.of("before", "limit")) {
      refuse(exchange, name, "does not go with a stream", "Leave it out, or ask for a list.");
    }
    long start = start(exchange, query);
    String viewer = viewer(exchange);
    try (Streams.Stream stream = exchange.waiting("events");
        EventService.Following following = events.follow(stream::wake)) {
      exchange.withHeader("X-Accel-Buffering", "no"); // For nginx, which would hold events back.
      exchange.stream(EventFormat.SSE.type(), out -> follow(query, start, viewer, stream, out));
    }
  }

  private long start(Exchange exchange, EventQuery query) {
    String last = exchange.header(LAST).orElse("");
    if (!last.isEmpty()) {
      if (!last.matches("\\d{1,18}")) {
        throw Refused.invalid(LAST, last, "is no id of an event", "Send the last one you got.");
      }
      return Long.parseLong(last);
    }
    return exchange.query("after").isPresent()
        ? exchange.number("after", 0)
        : query.since() > 0 ? 0 : events.newest();
  }

  private void follow(
      EventQuery query,
      long start,
      @Nullable String viewer,
      Streams.Stream stream,
      OutputStream out)
      throws IOException {
    long after = start;
    send(stream, out, ": events of Visco\n" + position(after));
    while (!stream.isLeft()) {
      long seen = events.newest();
      List<EventRow> page = events.after(query, USUAL, after);
      var text = new StringBuilder();
      page.forEach(row -> text.append(text(EventDocuments.of(row, viewer))));
      if (!page.isEmpty()) {
        after = page.getLast().id();
        send(stream, out, text.toString());
      } else {
        after = Math.max(after, seen); // Nothing up to there is wanted.
        if (!stream.await(heartBeat)) {
          send(stream, out, ": heart beat\n" + position(after));
        }
      }
    }
  }

  private void send(Streams.Stream stream, OutputStream out, String text) throws IOException {
    stream.within(
        patience,
        () -> {
          out.write(text.getBytes(StandardCharsets.UTF_8));
          out.flush();
        });
  }

  /** An id without data is no event: a client only notes it, for when it comes back. */
  private static String position(long id) {
    return "id: " + id + "\n\n";
  }

  private static String text(EventDocument event) {
    return "id: %d\nevent: %s\ndata: %s\n\n".formatted(event.id(), event.kind(), Json.line(event));
  }
}
