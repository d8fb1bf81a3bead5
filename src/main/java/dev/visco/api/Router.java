package dev.visco.api;

import dev.visco.host.Busy;
import dev.visco.host.HostFault;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.session.GuestUnreachable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * Finds the route of a request, asks for its token, and answers refusals and faults as problem
 * documents. Where there is a GET there is a HEAD too, and an OPTIONS everywhere (RFC 9110, 9.1).
 */
final class Router extends Handler.Abstract {
  private static final Logger LOG = LoggerFactory.getLogger(Router.class);
  private final List<Route> routes;
  private final Predicate<String> tokens;

  Router(List<Route> routes, Predicate<String> tokens) {
    var all = new ArrayList<>(routes);
    all.add(Route.of("GET", "/api", this::list));
    this.routes = List.copyOf(all);
    this.tokens = tokens;
  }

  /** A route and what its names stand for. */
  private record Match(Route route, Map<String, String> named) {}

  /** What there is at a path, by method. */
  private SortedMap<String, Match> at(String path) {
    var found = new TreeMap<String, Match>();
    for (Route route : routes) {
      route
          .match(path)
          .ifPresent(named -> found.putIfAbsent(route.method(), new Match(route, named)));
    }
    return found;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    String path = Optional.ofNullable(Request.getPathInContext(request)).orElse("");
    String method = request.getMethod();
    SortedMap<String, Match> found = at(path);
    Match match = found.get(method.equals("HEAD") ? "GET" : method);
    if (match != null) {
      answer(match.route(), new Exchange(request, response, callback, match.named()));
      return true;
    }
    var exchange = new Exchange(request, response, callback, Map.of());
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

  private void missing(String path, Exchange exchange) {
    String plain = path.replaceAll("/+", "/").replaceAll("(?<=.)/$", "");
    SortedMap<String, Match> meant = at(plain);
    if (!isOpen(meant) && !isAllowed(exchange)) {
      unauthorized(exchange);
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

  private static boolean isOpen(SortedMap<String, Match> found) {
    return found.values().stream().anyMatch(match -> match.route().isOpen());
  }

  private void otherMethod(
      String method, String path, SortedMap<String, Match> found, Exchange exchange) {
    if (!isOpen(found) && !isAllowed(exchange)) {
      unauthorized(exchange);
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
          Problems.plain(
              405,
              method + " is not for " + path + ".",
              "Use " + String.join(" or ", found.keySet()) + "."));
    }
  }

  /** {@code GET /api}. */
  private void list(Exchange exchange) {
    record Listed(String method, String path, List<String> parameters) {}
    exchange.json(
        200,
        routes.stream()
            .map(route ->
                new Listed(
                    route.method(),
                    route.template(),
                    route.parameters().stream().sorted().toList()))
            .toList());
  }

  private void answer(Route route, Exchange exchange) {
    if (!route.isOpen() && !isAllowed(exchange)) {
      unauthorized(exchange);
      return;
    }
    if (!route.isOpen()) {
      exchange.isKnown();
    }
    try {
      exchange.requireKnown(route.parameters());
      route.action().answer(exchange);
    } catch (Refused e) {
      exchange.problem(Problems.of(e.refusal()), e);
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
      exchange.problem(Problems.of(e), e);
    } catch (HostFault e) {
      LOG.error("{} {} failed", route.method(), route.template(), e);
      exchange.problem(Problems.of(e), e);
    } catch (Throwable e) { // An Error too: whoever asked must not take silence for an answer.
      String reference = reference();
      LOG.error("{} {} failed ({})", route.method(), route.template(), reference, e);
      exchange.problem(Problems.fault(reference), e);
    }
  }

  /** By which a fault is found in the log. */
  static String reference() {
    return UUID.randomUUID().toString().substring(0, 8);
  }

  private boolean isAllowed(Exchange exchange) {
    return exchange
        .header(HttpHeader.AUTHORIZATION.asString())
        .filter(value -> isBearer(value, tokens))
        .isPresent();
  }

  static boolean isBearer(String header, Predicate<String> tokens) {
    return header.regionMatches(true, 0, "Bearer ", 0, 7)
        && tokens.test(header.substring(7).strip());
  }

  static void unauthorized(Exchange exchange) {
    exchange.withHeader("WWW-Authenticate", "Bearer realm=\"visco\"");
    exchange.json(
        401,
        Problems.of(
            new Refusal.Unauthorized(
                "No known bearer token came with this request.",
                "Send \"Authorization: Bearer TOKEN\"; the first token is in the data folder's admin-token.")));
  }
}
