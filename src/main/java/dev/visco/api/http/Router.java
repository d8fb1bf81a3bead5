package dev.visco.api.http;

import dev.visco.host.Busy;
import dev.visco.host.HostFault;
import dev.visco.model.Caller;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.SeenRevision;
import dev.visco.model.UserId;
import dev.visco.session.GuestUnreachable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * Finds the route of a request, lets nobody in who does not show its role, and answers refusals and
 * faults as problem documents. Where there is a GET there is a HEAD too, and an OPTIONS everywhere
 * (RFC 9110, 9.1).
 */
public final class Router extends Handler.Abstract {
  private static final Logger LOG = LoggerFactory.getLogger(Router.class);
  private final List<Route> routes;
  private final AccessControl access;
  private final ServerWebSocketContainer webSockets;

  public Router(List<Route> routes, AccessControl access, ServerWebSocketContainer webSockets) {
    this.routes = List.copyOf(routes);
    this.access = access;
    this.webSockets = webSockets;
  }

  /** A route and how it was called. */
  private record Match(Route route, RouteCall call) {
    static Optional<Match> of(Route route, String path) {
      return route
          .match(RouteCall.plain(path))
          .map(named ->
              new Match(
                  route, new RouteCall(route.description(), named, RouteCall.isVersioned(path))));
    }
  }

  /** What there is at a path, by method; WebSockets aside. */
  private SortedMap<String, Match> at(String path) {
    var found = new TreeMap<String, Match>();
    for (Route route : routes) {
      if (route.isWebSocket()) {
        continue;
      }
      Match.of(route, path).ifPresent(match -> found.putIfAbsent(route.method(), match));
    }
    return found;
  }

  private Optional<Match> webSocketAt(String path) {
    return routes.stream()
        .filter(Route::isWebSocket)
        .flatMap(route -> Match.of(route, path).stream())
        .findFirst();
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    String path = Optional.ofNullable(Request.getPathInContext(request)).orElse("");
    Optional<Match> webSocket = webSocketAt(path);
    if (webSocket.isPresent() && request.getMethod().equals("CONNECT")) {
      RouteCall call = webSocket.get().call();
      answer(webSocket.get().route(), new Exchange(request, response, callback, call, null));
      return true;
    }
    if (webSocket.isPresent() && upgrade(webSocket.get(), request, response, callback)) {
      return true;
    }
    String method = request.getMethod();
    SortedMap<String, Match> found = at(path);
    Match match = found.get(method.equals("HEAD") ? "GET" : method);
    if (match != null) {
      answer(match.route(), new Exchange(request, response, callback, match.call(), null));
      return true;
    }
    var exchange = new Exchange(request, response, callback);
    if (method.equals("OPTIONS") && path.equals("*")) {
      exchange.withHeader("Allow", "DELETE, GET, HEAD, OPTIONS, POST");
      exchange.empty(204);
    } else if (found.isEmpty()) {
      missing(path, exchange);
    } else {
      otherMethod(method, path, found, exchange);
    }
    return true;
  }

  /** False if the request is no WebSocket upgrade; it is then answered like any other. */
  private boolean upgrade(Match match, Request request, Response response, Callback callback) {
    return webSockets.upgrade(
        (upgradeRequest, upgradeResponse, answered) -> {
          var upgrade = new Upgrade(upgradeRequest, upgradeResponse);
          answer(
              match.route(),
              new Exchange(upgradeRequest, upgradeResponse, answered, match.call(), upgrade));
          return upgrade.listener();
        },
        request,
        response,
        callback);
  }

  private void missing(String path, Exchange exchange) {
    String plain = path.replaceAll("/+", "/").replaceAll("(?<=.)/$", "");
    SortedMap<String, Match> meant = at(plain);
    if (!mayList(meant, exchange)) {
      return;
    }
    exchange.json(
        404,
        Problems.of(
            new Refusal.NotFound(
                "route",
                path,
                meant.isEmpty() ? "GET /api lists all routes." : "Call " + plain + ".")));
  }

  /** Whether the caller may learn which methods a path has; if not, the request is answered. */
  private boolean mayList(SortedMap<String, Match> found, Exchange exchange) {
    if (found.values().stream().anyMatch(match -> match.route().role().isListedForAnybody())) {
      return true;
    }
    try {
      access.authenticate(Role.USER, exchange);
      return true;
    } catch (Refused e) {
      exchange.problem(Problems.of(e.refusal()), e);
      return false;
    }
  }

  private void otherMethod(
      String method, String path, SortedMap<String, Match> found, Exchange exchange) {
    if (!mayList(found, exchange)) {
      return;
    }
    var allowed = new TreeSet<>(found.keySet());
    allowed.add("OPTIONS");
    if (found.containsKey("GET")) {
      allowed.add("HEAD");
    }
    exchange.withHeader("Allow", String.join(", ", allowed));
    if (method.equals("OPTIONS")) {
      exchange.empty(204);
    } else {
      exchange.json(
          405,
          Problems.otherMethod(
              method + " is not for " + path + ".",
              "Use " + String.join(" or ", found.keySet()) + "."));
    }
  }

  private void answer(Route route, Exchange exchange) {
    answer(
        route,
        exchange,
        () -> {
          authenticate(route, exchange);
          AccessControl.Entry entry = access.begin(route, exchange);
          answer(
              route,
              exchange,
              () -> {
                authorize(route, exchange);
                Principal principal = exchange.principal();
                Set<Long> revisions = IfMatch.revisions(exchange);
                new Caller(
                        principal.name(),
                        principal.token(),
                        exchange.user().map(UserId::value).orElse(null))
                    .run(() -> SeenRevision.run(revisions, () -> route.action().answer(exchange)));
              });
          entry.end(exchange);
        });
  }

  /** Does this; what it throws is answered. */
  private void answer(Route route, Exchange exchange, Caller.CallerWork work) {
    try {
      work.run();
    } catch (Refused e) {
      access.authenticator().count(route.role(), e.refusal());
      exchange.problem(UserView.of(exchange, e.refusal()), e);
    } catch (Rejection e) {
      exchange.problem(e.problem(), e);
    } catch (JacksonException e) {
      exchange.problem(Problems.of(e), e);
    } catch (GuestUnreachable e) {
      exchange.problem(Problems.of(e), e);
    } catch (ClientGone e) {
      LOG.debug("{} {}: the client has gone", route.method(), route.template());
      exchange.breakOff(e);
    } catch (Busy e) {
      exchange.problem(UserView.of(exchange, e), e);
    } catch (HostFault e) {
      exchange.problem(UserView.of(exchange, e, logged(route, exchange, e)), e);
    } catch (Throwable e) { // An Error too: the caller must get an answer.
      exchange.problem(Problems.fault(logged(route, exchange, e)), e);
    }
  }

  /** Logs a fault; returns the reference that names it in the log. */
  private static String logged(Route route, Exchange exchange, Throwable fault) {
    String reference = reference();
    LOG.error(
        "{}: {} {} failed ({})",
        exchange.principal().name(),
        route.method(),
        route.template(),
        reference,
        fault);
    return reference;
  }

  private void authenticate(Route route, Exchange exchange) {
    if (route.role().hasTickets()) {
      // A ticket is used up by the check: other faults of the request are refused first.
      exchange.requireKnown();
    }
    access.authenticate(route.role(), exchange);
  }

  private void authorize(Route route, Exchange exchange) {
    access.authorize(route, exchange);
    exchange.requireKnown();
    if (!route.isReading() && exchange.principal() instanceof Principal.Token token) {
      LOG.info("{}: {} {}", token.name(), route.method(), exchange.path());
    }
  }

  /** A random reference that names a fault in the answer and in the log. */
  public static String reference() {
    return UUID.randomUUID().toString().substring(0, 8);
  }
}
