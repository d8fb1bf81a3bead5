package dev.visco.api;

import dev.visco.host.HostFault;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.session.GuestUnreachable;
import dev.visco.wire.ProblemDocument;
import java.util.List;
import java.util.Map;
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
 * documents.
 */
final class Router extends Handler.Abstract {
  private static final Logger LOG = LoggerFactory.getLogger(Router.class);
  private final List<Route> routes;
  private final Predicate<String> tokens;

  Router(List<Route> routes, Predicate<String> tokens) {
    this.routes = List.copyOf(routes);
    this.tokens = tokens;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    String path = Request.getPathInContext(request);
    var methods = new TreeSet<String>();
    for (Route route : routes) {
      var named = route.match(path);
      if (named.isPresent()) {
        if (route.method().equals(request.getMethod())) {
          answer(route, new Exchange(request, response, callback, named.get()));
          return true;
        }
        methods.add(route.method());
      }
    }
    var exchange = new Exchange(request, response, callback, Map.of());
    if (!isAllowed(exchange)) {
      unauthorized(exchange);
    } else if (methods.isEmpty()) {
      exchange.json(404, Problems.of(new Refusal.NotFound("route", path, "README.md lists them.")));
    } else {
      exchange.withHeader("Allow", String.join(", ", methods));
      exchange.json(
          405,
          new ProblemDocument(
              "about:blank",
              "Method not allowed",
              405,
              request.getMethod() + " is not for " + path + ".",
              "Use " + String.join(" or ", methods) + ".",
              null,
              null));
    }
    return true;
  }

  private void answer(Route route, Exchange exchange) {
    if (!route.isOpen() && !isAllowed(exchange)) {
      unauthorized(exchange);
      return;
    }
    try {
      route.action().answer(exchange);
    } catch (Refused e) {
      problem(exchange, Problems.of(e.refusal()), e);
    } catch (JacksonException e) {
      problem(exchange, Problems.of(e), e);
    } catch (GuestUnreachable e) {
      problem(exchange, Problems.of(e), e);
    } catch (HostFault e) {
      LOG.error("{} {} failed", route.method(), route.template(), e);
      problem(exchange, Problems.of(e), e);
    } catch (Exception e) {
      String reference = UUID.randomUUID().toString().substring(0, 8);
      LOG.error("{} {} failed ({})", route.method(), route.template(), reference, e);
      problem(exchange, Problems.fault(reference), e);
    }
  }

  private static void problem(Exchange exchange, ProblemDocument problem, Exception cause) {
    if (exchange.isCommitted()) {
      exchange.fail(cause);
    } else {
      exchange.json(problem.status(), problem);
    }
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
