package dev.visco.api;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One method on one path.
 *
 * @param template a path whose parts in braces stand for anything, like {@code /api/vms/{id}}
 * @param isOpen whether it is answered without a token
 * @param parameters of the query that it knows; any other is refused
 */
record Route(
    String method, String template, boolean isOpen, Set<String> parameters, Action action) {
  Route {
    parameters = Set.copyOf(parameters);
  }

  /** Answers a request; refusals and faults are answered by the router. */
  interface Action {
    void answer(Exchange exchange) throws Exception;
  }

  static Route of(String method, String template, Action action) {
    return new Route(method, template, false, Set.of(), action);
  }

  static Route open(String method, String template, Action action) {
    return new Route(method, template, true, Set.of(), action);
  }

  /** The same, which knows these parameters of the query too. */
  Route asking(String... names) {
    var all = new TreeSet<>(parameters);
    all.addAll(Set.of(names));
    return new Route(method, template, isOpen, all, action);
  }

  /** The named parts of a path that fits the template. */
  Optional<Map<String, String>> match(String path) {
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
