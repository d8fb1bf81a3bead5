package dev.visco.image.recipe;

import java.util.ArrayList;
import java.util.List;

/** The inittab by which busybox's init starts and restarts an image's services. */
final class Inittab {
  private static final String SETPRIV = "/usr/bin/setpriv";
  private static final String ENV = "/usr/bin/env";

  private Inittab() {}

  /** A line for each service, and for a service with vsock another one that forwards to it. */
  static String of(Recipe recipe) {
    var table = new StringBuilder("::sysinit:/usr/lib/visco/start\n");
    for (Recipe.Service service : recipe.serviceList()) {
      var words = new ArrayList<>(List.of(service.name()));
      words.addAll(before(service));
      words.add(service.program());
      words.addAll(service.argumentList());
      respawn(table, words);
    }
    recipe
        .vsockService()
        .ifPresent(service ->
            respawn(
                table,
                List.of(
                    "vsock-" + service.name(),
                    "/usr/bin/socat",
                    "VSOCK-LISTEN:" + service.vsockPort() + ",fork,reuseaddr",
                    "TCP:127.0.0.1:" + service.port())));
    table.append("::ctrlaltdel:/sbin/reboot\n::shutdown:/usr/bin/busybox umount -a -r\n");
    return table.toString();
  }

  /**
   * The commands before a service's program that switch to its user and set its variables. setpriv
   * is part of util-linux, which every Debian has: it uses no password, no PAM and no terminal, and
   * execs the service in place; with {@code --reset-env}, HOME, SHELL, USER, LOGNAME and PATH are
   * the user's (setpriv(1)).
   */
  private static List<String> before(Recipe.Service service) {
    var words = new ArrayList<String>();
    if (service.user() != null) {
      words.addAll(
          List.of(
              SETPRIV,
              "--reuid=" + service.user(),
              "--regid=" + service.user(),
              "--init-groups",
              "--inh-caps=-all",
              "--reset-env"));
    }
    if (!service.variables().isEmpty()) {
      words.add(ENV);
      service.variables().forEach((name, value) -> words.add(name + "=" + value));
    }
    return words;
  }

  /** The programs that a service's line runs before the service's own. */
  static List<String> programsBefore(Recipe.Service service) {
    return before(service).stream()
        .filter(word -> word.equals(SETPRIV) || word.equals(ENV))
        .toList();
  }

  private static void respawn(StringBuilder table, List<String> words) {
    table.append("::respawn:/usr/lib/visco/service ").append(String.join(" ", words)).append('\n');
  }
}
