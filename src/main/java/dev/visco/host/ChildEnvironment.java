package dev.visco.host;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The environment of the processes that Visco starts. They get only what is listed here of Visco's
 * own environment: otherwise anybody who may read a child's {@code /proc/PID/environ} would read
 * tokens and passwords of the person who started Visco.
 */
public final class ChildEnvironment {
  /**
   * The variables by which apt finds its proxies (apt-transport-http(1)); curl and others read the
   * same ones.
   */
  private static final List<String> PROXIES =
      List.of("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy");

  /** Needed by clients of the daemon only. */
  private static final String CLIENT_TOKEN = "VISCO_TOKEN";

  private ChildEnvironment() {}

  /**
   * The environment of every child: PATH, and a locale in which programs write English and UTF-8.
   */
  static Map<String, String> basic() {
    return Map.of("PATH", Programs.path(), "LC_ALL", "C.UTF-8");
  }

  /**
   * The additional variables of a program that downloads: the proxies, which may contain a
   * password.
   */
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
   * The environment of the daemon, from that of the person who starts it: the settings, the proxies
   * for building images, the time zone of its log, and the folder with registries' logins, but not
   * a client's token.
   */
  public static Map<String, String> forDaemon(Map<String, String> own) {
    var found = proxies(own);
    own.forEach((name, value) -> {
      if (isForDaemon(name)) {
        found.put(name, value);
      }
    });
    return found;
  }

  /** Settings, the time zone of the log, and where docker login keeps logins (docker(1)). */
  private static boolean isForDaemon(String name) {
    return name.startsWith("VISCO_") && !name.equals(CLIENT_TOKEN)
        || name.equals("TZ")
        || name.equals("DOCKER_CONFIG");
  }
}
