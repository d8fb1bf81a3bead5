package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.GuestTickets;
import dev.visco.api.http.GuestTickets.GuestTicket;
import dev.visco.api.http.Principal;
import dev.visco.api.http.Route;
import dev.visco.lifecycle.VmService;
import dev.visco.wire.GuestTicketDocument;
import java.util.List;

/** Tickets for WebSockets into a VM. */
final class GuestTicketRoutes {
  private final VmService vms;
  private final GuestTickets tickets;

  GuestTicketRoutes(VmService vms, GuestTickets tickets) {
    this.vms = vms;
    this.tickets = tickets;
  }

  List<Route> routes() {
    return List.of(
        Route.user("POST", "/api/vms/{id}/guest-tickets", this::issue)
            .named(
                "createGuestTicket",
                "Makes a ticket, with which a page opens one WebSocket into the VM.")
            .answering(201, GuestTicketDocument.class, "the ticket"));
  }

  private void issue(Exchange exchange) {
    if (!(exchange.principal() instanceof Principal.Token(var access))) {
      throw new IllegalStateException("tickets are given for tokens");
    }
    GuestTicket ticket = tickets.issue(vms.vm(exchange.vm()).id(), access);
    exchange.json(201, new GuestTicketDocument(ticket.secret(), ticket.expires()));
  }
}
