package dev.visco.image.recipe;

import java.util.ArrayList;
import java.util.List;

/** The table by which busybox's init starts an image's services, and starts them again. */
final class Inittab {
  private static final String SETPRIV = "/usr/bin/setpriv";
  private static final String ENV = "/usr/bin/env";

  private Inittab() {}

  /** A line for each service; one that is reached by vsock has another that passes it on. */
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
   * What becomes the service's user and gives it its variables. setpriv is util-linux's, which
   * every Debian has: it knows no password, no PAM and no terminal, and stays no process of its own
   * beside the service; with {@code --reset-env} HOME, SHELL, USER, LOGNAME and PATH are the user's
   * (setpriv(1)).
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

  /** The programs that a service's line starts before its own. */
  static List<String> programsBefore(Recipe.Service service) {
    return before(service).stream()
        .filter(word -> word.equals(SETPRIV) || word.equals(ENV))
        .toList();
  }

  private static void respawn(StringBuilder table, List<String> words) {
    table.append("::respawn:/usr/lib/visco/service ").append(String.join(" ", words)).append('\n');
  }
}
