package dev.visco.wire;

import java.time.Instant;

/**
 * A ticket, which opens one WebSocket into a VM.
 *
 * @param ticket sent as the end of the subprotocol {@value TicketDocument#SUBPROTOCOL}TICKET
 */
public record GuestTicketDocument(String ticket, Instant expires) {
  /** The subprotocol that the server selects beside a ticket. */
  public static final String GUEST = "visco.guest";
}
