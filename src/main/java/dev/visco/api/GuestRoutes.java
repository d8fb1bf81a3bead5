package dev.visco.api;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.http.ConsoleFollowers;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Role;
import dev.visco.api.http.Route;
import dev.visco.api.http.Streams;
import dev.visco.api.http.Upgrade;
import dev.visco.lifecycle.VmService;
import dev.visco.model.GuestPorts;
import dev.visco.model.VmId;
import dev.visco.session.GuestUnreachable;
import dev.visco.wire.GuestTicketDocument;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** A VM's console, and its ports. */
final class GuestRoutes {
  /** A follower is woken by every event; this only bounds one sleep. */
  private static final Duration LONG = Duration.ofHours(1);

  private final VmService vms;

  GuestRoutes(VmService vms) {
    this.vms = vms;
  }

  List<Route> routes() {
    return List.of(
        Route.user("GET", "/api/vms/{id}/console", this::console)
            .named("readConsole", "Shows what the VM's console has said.")
            .asking(QueryParameter.flag("follow", "also what it says from now on"))
            .asking(ConsoleView.PARAMETERS.toArray(QueryParameter[]::new))
            .answeringBytes("text/plain; charset=utf-8", "the console")
            .audited(),
        Route.user(Route.WEBSOCKET, "/api/vms/{id}/ports/{port}", this::portSocket)
            .named("portSocket", "Connects to a TCP port of the guest.")
            .withRole(Role.GUEST_SOCKET));
  }

  /**
   * The console so far, or those of its lines that are wanted; with {@code follow=true} also what
   * is appended, until the VM ends or the client disconnects.
   */
  private void console(Exchange exchange) throws IOException {
    VmId id = exchange.vm();
    Path file = vms.consoleFile(id);
    ConsoleView view = ConsoleView.of(exchange);
    if (!exchange.isTrue("follow")) {
      exchange.stream(
          "text/plain; charset=utf-8",
          out -> {
            try (var console = view.open(file)) {
              console.copyTo(view.to(out, file));
            }
          });
      return;
    }
    try (Streams.Stream stream = exchange.waiting("console")) {
      exchange.stream(
          "text/plain; charset=utf-8", out -> follow(id, file, view, stream, view.to(out, file)));
    }
  }

  private void follow(VmId id, Path file, ConsoleView view, Streams.Stream stream, OutputStream out)
      throws IOException {
    var isChanged = new AtomicBoolean(true);
    Runnable onChange =
        () -> {
          isChanged.set(true);
          stream.wake();
        };
    try (var console = view.open(file);
        VmService.Watching watching = vms.watch(id, onChange);
        ConsoleFollowers.Following following = stream.follow(file)) {
      console.copyTo(out);
      out.flush();
      while (!stream.isLeft() && (!isChanged.getAndSet(false) || isThere(id))) {
        stream.await(LONG);
        console.copyTo(out);
        out.flush();
      }
      // The end of the console may have come after the last copy.
      console.copyTo(out);
    }
  }

  private boolean isThere(VmId id) {
    return switch (vms.vm(id).state()) {
      case CREATING, STARTING, READY, PAUSED, FAILED, STOPPING -> true;
      case STOPPED, SUSPENDED, ASLEEP, ARCHIVED, DESTROYING, DESTROYED -> false;
    };
  }

  /** As a WebSocket, or as what an HTTP proxy opens. */
  private void portSocket(Exchange exchange) throws GuestUnreachable {
    int port = GuestPorts.of("port", exchange.path("port"));
    if (exchange.isTunnel()) {
      PortTunnel.open(exchange, vms, port);
      return;
    }
    Upgrade upgrade = exchange.upgrade();
    upgrade.speakIfOffered(GuestTicketDocument.GUEST);
    upgrade.accept(
        new PortSocket(
            vms, exchange.vm(), port, exchange.isOperators(), exchange.registration("port")));
  }
}
