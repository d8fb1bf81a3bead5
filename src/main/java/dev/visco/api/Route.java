package dev.visco.api;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A method, a path with {@code {names}}, and what answers.
 *
 * @param isOpen whether it needs no token
 */
record Route(String method, String template, boolean isOpen, Action action) {
  /** Answers a request; refusals and faults are answered by the router. */
  interface Action {
    void answer(Exchange exchange) throws Exception;
  }

  static Route of(String method, String template, Action action) {
    return new Route(method, template, false, action);
  }

  static Route open(String method, String template, Action action) {
    return new Route(method, template, true, action);
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
