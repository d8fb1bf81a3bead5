package dev.visco.image.oci;

import dev.visco.image.ContainerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The files that carry an image's configuration into its guests, for busybox's shell. */
final class GuestScripts {
  static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  /** Programs that must be the first process: they are told apart by their paths. */
  private static final Set<String> INITS =
      Set.of(
          "/sbin/init",
          "/usr/sbin/init",
          "/lib/systemd/systemd",
          "/usr/lib/systemd/systemd",
          "/init");

  private GuestScripts() {}

  /** Whether the image starts an init of its own, which becomes the guest's first process. */
  static boolean isInit(ContainerConfig config) {
    List<String> words = config.words();
    return !words.isEmpty() && INITS.contains(words.getFirst());
  }

  /** Sets the image's variables; those that a shell cannot have are left out. */
  static String environment(ContainerConfig config) {
    var lines = new ArrayList<>(List.of("export PATH=" + quoted(PATH)));
    config
        .environment()
        .forEach((name, value) -> {
          if (name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
            lines.add("export " + name + "=" + quoted(value));
          }
        });
    return String.join("\n", lines) + "\n";
  }

  /** Variables of the image that {@link #environment} leaves out. */
  static List<String> leftOut(ContainerConfig config) {
    return config.environment().keySet().stream()
        .filter(name -> !name.matches("[A-Za-z_][A-Za-z0-9_]*"))
        .toList();
  }

  /** Starts what the image starts, as its user, in its folder, with the VM's variables. */
  static String service(ContainerConfig config, ContainerUser user) {
    String words =
        config.words().stream().map(GuestScripts::quoted).collect(Collectors.joining(" "));
    var lines = new ArrayList<String>();
    lines.add("export HOME=" + quoted(user.home()));
    lines.add(". /.visco/etc/container/environment");
    lines.add("export PATH=\"$PATH:/.visco/bin\"");
    lines.add("[ ! -r /run/visco/environment ] || . /run/visco/environment");
    String enter = "mkdir -p " + quoted(config.folder()) + " && cd " + quoted(config.folder());
    if (isInit(config)) {
      lines.add(enter);
      lines.add("exec " + words);
      return String.join("\n", lines) + "\n";
    }
    lines.add(enter + " || exit 126");
    lines.add("echo $$ >/run/visco/service.pid");
    // Its output is a pipe of root's, which it may open anew by /dev/stdout.
    lines.add("chown " + user.uid() + " /proc/self/fd/1 /proc/self/fd/2");
    String groups =
        Stream.concat(Stream.of(user.gid()), user.groups().stream())
            .map(Object::toString)
            .collect(Collectors.joining(","));
    // Twice: the first one still has root's rights to files when it starts a program.
    lines.add(
        "exec /.visco/bin/setpriv --reuid=%d --regid=%d --groups=%s --inh-caps=-all -- /.visco/bin/setpriv --inh-caps=-all -- %s"
            .formatted(user.uid(), user.gid(), groups, words));
    return String.join("\n", lines) + "\n";
  }

  /** The signal that ends the service, without SIG. */
  static String stopSignal(ContainerConfig config) {
    String signal = config.stopSignal() == null ? "TERM" : config.stopSignal();
    return signal.toUpperCase(Locale.ROOT).replaceFirst("^SIG", "") + "\n";
  }

  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }
}
