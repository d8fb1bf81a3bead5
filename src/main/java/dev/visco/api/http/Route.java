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
 * @param isAudited whether calls of it are recorded: what changes something or opens a guest
 */
public record Route(
    String method,
    String template,
    Role role,
    Set<String> parameters,
    boolean isAudited,
    RouteAction action) {
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
    return of(method, template, Role.USER, action);
  }

  private static Route of(String method, String template, Role role, RouteAction action) {
    return new Route(method, template, role, Set.of(), !method.equals("GET"), action);
  }

  /** A route for {@link Role#OPERATOR}. */
  public static Route operator(String method, String template, RouteAction action) {
    return of(method, template, Role.OPERATOR, action);
  }

  /** A route for {@link Role#ADMIN}. */
  public static Route admin(String method, String template, RouteAction action) {
    return of(method, template, Role.ADMIN, action);
  }

  /** A route for {@link Role#ANYBODY}. */
  public static Route open(String method, String template, RouteAction action) {
    return of(method, template, Role.ANYBODY, action);
  }

  /** The same for another role. */
  public Route withRole(Role other) {
    return new Route(method, template, other, parameters, isAudited, action);
  }

  /** The same for what shows the inside of a guest: each call is recorded, though it is a GET. */
  public Route audited() {
    return new Route(method, template, role, parameters, true, action);
  }

  /** The same with further parameters of the query. */
  public Route asking(String... names) {
    var all = new TreeSet<>(parameters);
    all.addAll(Set.of(names));
    return new Route(method, template, role, all, isAudited, action);
  }

  /** Whose it is about. */
  public RouteOwner owner() {
    return RouteOwner.of(template);
  }

  /** Whether it changes nothing and opens nothing that takes input. */
  public boolean isReading() {
    return method.equals("GET");
  }

  /** Whether its path names something. */
  boolean isNamed() {
    return template.contains("{");
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
