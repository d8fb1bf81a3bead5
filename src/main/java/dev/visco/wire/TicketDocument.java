package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What opens a desktop once.
 *
 * @param ticket goes into a WebSocket's subprotocol ({@link #subProtocols}), or is a link's
 *     fragment
 * @param link opens it in a browser; left out for pages, which have one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TicketDocument(
    String ticket, Instant expires, boolean viewOnly, @Nullable String link) {
  /** What noVNC and other viewers call RFB over WebSockets. */
  public static final String BINARY = "binary";

  /** Begins the subprotocol that ends with a ticket: no URL, and so no log, has it. */
  public static final String SUBPROTOCOL = "visco.ticket.";

  /** What a WebSocket to a desktop offers, of which it is given the first. */
  public static String[] subProtocols(String ticket) {
    return new String[] {BINARY, SUBPROTOCOL + ticket};
  }

  public static TicketDocument of(String ticket, Instant expires, boolean viewOnly) {
    return new TicketDocument(ticket, expires, viewOnly, null);
  }

  public TicketDocument withLink(String text) {
    return new TicketDocument(ticket, expires, viewOnly, text);
  }
}
