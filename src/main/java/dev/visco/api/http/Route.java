package dev.visco.api.http;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One method on one path, and who may call it.
 *
 * @param method of HTTP, or {@link #WEBSOCKET}
 * @param template a path whose parts in braces stand for anything, like {@code /api/vms/{id}}
 * @param parameters of the query that it knows; any other is refused
 */
public record Route(
    String method, String template, Role role, Set<String> parameters, RouteAction action) {
  /** Stands for a method: a GET that upgrades to a WebSocket. */
  public static final String WEBSOCKET = "WEBSOCKET";

  public Route {
    parameters = Set.copyOf(parameters);
  }

  /** Answers a request; refusals and faults are answered by the router. */
  public interface RouteAction {
    void answer(Exchange exchange) throws Exception;
  }

  /** A route for {@link Role#USER}. */
  public static Route user(String method, String template, RouteAction action) {
    return new Route(method, template, Role.USER, Set.of(), action);
  }

  /** A route for {@link Role#OPERATOR}. */
  public static Route operator(String method, String template, RouteAction action) {
    return new Route(method, template, Role.OPERATOR, Set.of(), action);
  }

  /** A route for {@link Role#ANYBODY}. */
  public static Route open(String method, String template, RouteAction action) {
    return new Route(method, template, Role.ANYBODY, Set.of(), action);
  }

  /** The same for another role. */
  public Route withRole(Role other) {
    return new Route(method, template, other, parameters, action);
  }

  /** The same with further parameters of the query. */
  public Route asking(String... names) {
    var all = new TreeSet<>(parameters);
    all.addAll(Set.of(names));
    return new Route(method, template, role, all, action);
  }

  public boolean isWebSocket() {
    return method.equals(WEBSOCKET);
  }

  /** The named parts of a path that fits the template. */
  public Optional<Map<String, String>> match(String path) {
    String[] wanted = template.split("/", -1);
    String[] given = path.split("/", -1);
    if (wanted.length != given.length) {
      return Optional.empty();
    }
    var named = new TreeMap<String, String>();
    for (int at = 0; at < wanted.length; at++) {
      if (wanted[at].startsWith("{") && !given[at].isEmpty()) {
        named.put(wanted[at].substring(1, wanted[at].length() - 1), given[at]);
      } else if (!wanted[at].equals(given[at])) {
        return Optional.empty();
      }
    }
    return Optional.of(named);
  }
}
