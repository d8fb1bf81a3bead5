package dev.visco.host;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The environment of the processes that Visco starts. They get nothing of its own environment but
 * what is listed here: whoever may look into a child's {@code /proc/PID/environ} would otherwise
 * read tokens and passwords of the person who started Visco.
 */
public final class ChildEnvironment {
  /** What apt reads to reach its sources (apt-transport-http(1)); curl and others read the same. */
  private static final List<String> PROXIES =
      List.of("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy");

  /** What only a client of the daemon needs. */
  private static final String CLIENT_TOKEN = "VISCO_TOKEN";

  private ChildEnvironment() {}

  /** What every child has: PATH, and a locale in which programs speak English and UTF-8. */
  static Map<String, String> basic() {
    return Map.of("PATH", Programs.path(), "LC_ALL", "C.UTF-8");
  }

  /** What a program that downloads needs besides: the proxies, which may hold a password. */
  public static Map<String, String> proxies(Map<String, String> own) {
    var found = new HashMap<String, String>();
    for (String name : PROXIES) {
      for (String spelling : List.of(name, name.toUpperCase(java.util.Locale.ROOT))) {
        if (own.containsKey(spelling)) {
          found.put(spelling, own.get(spelling));
        }
      }
    }
    return found;
  }

  /**
   * What the daemon needs of the environment of whoever starts it: the settings, the proxies for
   * building images, and the time zone of its log. A client's token is none of its business.
   */
  public static Map<String, String> forDaemon(Map<String, String> own) {
    var found = proxies(own);
    own.forEach((name, value) -> {
      if ((name.startsWith("VISCO_") && !name.equals(CLIENT_TOKEN)) || name.equals("TZ")) {
        found.put(name, value);
      }
    });
    return found;
  }
}
