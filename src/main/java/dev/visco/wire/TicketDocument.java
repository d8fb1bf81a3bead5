package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A ticket, which opens a desktop once.
 *
 * @param ticket sent in a WebSocket's subprotocol ({@link #subProtocols}), or as a link's fragment
 * @param link opens the desktop in a browser; left out for pages, which have it already
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TicketDocument(
    String ticket, Instant expires, boolean viewOnly, @Nullable String link) {
  /** The subprotocol by which noVNC and other viewers mean RFB. */
  public static final String BINARY = "binary";

  /**
   * The beginning of the subprotocol that ends with a ticket. So no URL, and no log, contains a
   * ticket.
   */
  public static final String SUBPROTOCOL = "visco.ticket.";

  /** The subprotocols that a WebSocket to a desktop offers; the server selects the first. */
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
