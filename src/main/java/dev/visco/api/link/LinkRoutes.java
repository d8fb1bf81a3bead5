package dev.visco.api.link;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.link.LinkService;
import dev.visco.link.LinkService.NewLink;
import dev.visco.link.LinkService.PortLink;
import dev.visco.model.Durations;
import dev.visco.model.GuestPorts;
import dev.visco.model.VmId;
import dev.visco.wire.LinkDocument;
import dev.visco.wire.RemovedDocument;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@code /api/vms/{id}/links}: makes, lists and revokes links to ports of a guest. */
public final class LinkRoutes {
  private final LinkService links;
  private final LinkSites sites;

  public LinkRoutes(LinkService links, LinkSites sites) {
    this.links = links;
    this.sites = sites;
  }

  public List<Route> routes() {
    return List.of(
        Route.user("POST", "/api/vms/{id}/links", this::create)
            .named("createLink", "Makes a link to an open port of the guest.")
            .taking(LinkRequest.class)
            .answering(201, LinkDocument.class, "the link"),
        Route.user("GET", "/api/vms/{id}/links", this::list)
            .named("listLinks", "Lists the links to a guest's ports, the newest first.")
            .listing(LinkDocument.class, "links"),
        Route.user("DELETE", "/api/vms/{id}/links/{link}", this::revoke)
            .named("revokeLink", "Revokes a link, and ends what it has opened.")
            .answering(200, RemovedDocument.class, "it is revoked"));
  }

  /**
   * The body of {@code POST …/links}.
   *
   * @param ttl how long it holds, like {@code 8h}; an hour when it is left out
   */
  record LinkRequest(@Nullable Integer port, @Nullable String ttl) {}

  private void create(Exchange exchange) throws IOException {
    LinkRequest asked = exchange.body(LinkRequest.class);
    VmId vm = exchange.vm();
    int port = GuestPorts.of("port", Objects.toString(asked.port(), ""));
    Duration life = asked.ttl() == null ? LinkService.USUAL : Durations.of("ttl", asked.ttl());
    // Before anything is recorded: without a host name a link leads nowhere.
    String origin = sites.siteFor(vm, port, exchange.header("Host").orElse("")).origin();
    NewLink made = links.create(vm, port, life);
    exchange.json(
        201, document(made.link(), origin + "/?" + LinkSecret.PARAMETER + "=" + made.secret()));
  }

  private static LinkDocument document(PortLink link, @Nullable String url) {
    return new LinkDocument(
        link.id(),
        link.vm().value(),
        link.port(),
        url,
        link.creator(),
        link.created(),
        link.expires());
  }

  private void list(Exchange exchange) {
    exchange.items(links.list(exchange.vm()).stream().map(link -> document(link, null)).toList());
  }

  private void revoke(Exchange exchange) {
    String id = exchange.path("link");
    links.revoke(exchange.vm(), id);
    exchange.json(200, new RemovedDocument(id));
  }
}
