package dev.visco.api.http;

import dev.visco.api.description.RouteContent;
import dev.visco.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** How a streamed answer tells events; a client chooses it by {@code Accept}. */
public enum EventFormat {
  /** One JSON object per line. */
  NDJSON("application/x-ndjson"),

  /** Server-sent events (HTML Living Standard, 9.2), whose data is the same JSON. */
  SSE("text/event-stream");

  private final String type;

  EventFormat(String type) {
    this.type = type;
  }

  /** The media type. */
  public String type() {
    return type;
  }

  /** The content of an answer that consists of such events. */
  public RouteContent of(Class<?> event) {
    return new RouteContent.Sequence(type, event);
  }

  /** The one that the client asks for; empty when it asks for neither. */
  public static Optional<EventFormat> accepted(Exchange exchange) {
    String accepted = exchange.header("Accept").orElse("").toLowerCase(Locale.ROOT);
    for (String one : accepted.split(",", -1)) {
      String asked = one.split(";", 2)[0].strip();
      for (EventFormat format : values()) {
        if (format.type.equals(asked)) {
          return Optional.of(format);
        }
      }
    }
    return Optional.empty();
  }

  /**
   * One event.
   *
   * @param name its kind, which server-sent events tell outside of their data
   */
  public byte[] event(String name, Object document) {
    String json = Json.line(document);
    String text =
        switch (this) {
          case NDJSON -> json + "\n";
          case SSE -> "event: " + name + "\ndata: " + json + "\n\n";
        };
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * One event with an id, after which a client can go on: {@code Last-Event-ID} (HTML Living
   * Standard, 9.2.4).
   */
  public byte[] numbered(long id, String name, Object document) {
    byte[] event = event(name, document);
    return switch (this) {
      case NDJSON -> event;
      case SSE ->
          ("id: " + id + "\n" + new String(event, StandardCharsets.UTF_8))
              .getBytes(StandardCharsets.UTF_8);
    };
  }

  /** What keeps a silent connection open in proxies; empty where the format has nothing for it. */
  public byte[] keepAlive() {
    return switch (this) {
      case NDJSON -> new byte[0];
      case SSE -> ":\n\n".getBytes(StandardCharsets.UTF_8);
    };
  }
}
