package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What opens a desktop once.
 *
 * @param ticket goes into a WebSocket's subprotocol {@code visco.ticket.…}, or is a link's fragment
 * @param link opens it in a browser; left out for pages, which have one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TicketDocument(
    String ticket, Instant expires, boolean viewOnly, @Nullable String link) {
  public static TicketDocument of(String ticket, Instant expires, boolean viewOnly) {
    return new TicketDocument(ticket, expires, viewOnly, null);
  }

  public TicketDocument withLink(String text) {
    return new TicketDocument(ticket, expires, viewOnly, text);
  }
}
