package dev.visco.compatible;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The command line, as strict as Firecracker's: no {@code --name=value}, no repeated options, no
 * positional arguments.
 */
final class Arguments {
  /**
   * @param value the name of its value in the help, empty for a flag
   */
  private record Option(String name, String value, String help) {
    boolean takesValue() {
      return !value.isEmpty();
    }
  }

  private static final List<Option> OPTIONS =
      List.of(
          new Option("api-sock", "PATH", "unix socket of the API [/run/firecracker.socket]"),
          new Option("id", "ID", "the machine's name [anonymous-instance]"),
          new Option("config-file", "FILE", "start the machine that this JSON describes"),
          new Option("no-api", "", "without a socket; needs --config-file"),
          new Option("log-path", "FILE", "log there instead of on standard output"),
          new Option("level", "LEVEL", "Off, Error, Warning, Info, Debug or Trace [Info]"),
          new Option("module", "NAME", "log only what this part says"),
          new Option("show-level", "", "with the level in each line of the log"),
          new Option("show-log-origin", "", "with its origin in each line of the log"),
          new Option("metrics-path", "FILE", "write metrics there"),
          new Option("metadata", "FILE", "fill the guest's metadata with this JSON"),
          new Option("mmds-size-limit", "BYTES", "of the metadata [as the body's]"),
          new Option("http-api-max-payload-size", "BYTES", "of a request's body [51200]"),
          new Option("boot-timer", "", "accepted; there is no such device here"),
          new Option("start-time-us", "MICROS", "when the process was started"),
          new Option("start-time-cpu-us", "MICROS", "its CPU time then"),
          new Option("parent-cpu-time-us", "MICROS", "its parent's CPU time then"),
          new Option("no-seccomp", "", "accepted; there is no filter here"),
          new Option("seccomp-filter", "FILE", "refused; there is no filter here"),
          new Option("version", "", "say which release is shown"),
          new Option("snapshot-version", "", "say which snapshots are read and written"),
          new Option("describe-snapshot", "FILE", "say which format a snapshot has"),
          new Option("help", "", "this"),
          new Option("compatible-release", "RELEASE", "which release to show"),
          new Option("accelerator", "NAME", "tcg or auto [tcg]"));

  private static final Option PCI = new Option("enable-pci", "", "devices on PCI");

  private final Map<String, String> given;

  private Arguments(Map<String, String> given) {
    this.given = given;
  }

  static Arguments parse(List<String> arguments, ShownRelease release) throws Fault {
    Map<String, String> given = new LinkedHashMap<>();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      String name = argument.startsWith("--") ? argument.substring(2) : argument;
      Option option =
          options(release).stream()
              .filter(each -> argument.startsWith("--") && each.name().equals(name))
              .findFirst()
              .orElseThrow(() -> new Fault("There is no argument '%s'.".formatted(name)));
      if (given.containsKey(name)) {
        throw new Fault("The argument '%s' stands there twice.".formatted(name));
      }
      if (option.takesValue()) {
        i++;
        if (i == arguments.size() || arguments.get(i).startsWith("--")) {
          throw new Fault("The argument '%s' needs a value.".formatted(name));
        }
      }
      given.put(name, option.takesValue() ? arguments.get(i) : "");
    }
    var parsed = new Arguments(given);
    parsed.checkTogether();
    return parsed;
  }

  /**
   * The release to show, read first because the other arguments depend on it. A single file has its
   * release in a system property.
   *
   * @throws Fault when there is no such release
   */
  static ShownRelease release(List<String> arguments) throws Fault {
    int at = arguments.indexOf("--compatible-release");
    if (at < 0 || at + 1 == arguments.size()) {
      return named(System.getProperty("visco.compatible-release", ShownRelease.NEWEST.text()));
    }
    return named(arguments.get(at + 1));
  }

  private static ShownRelease named(String text) throws Fault {
    return ShownRelease.find(text)
        .orElseThrow(() ->
            new Fault(
                "The argument 'compatible-release' is one of %s, not %s."
                    .formatted(ShownRelease.all(), text)));
  }

  private static List<Option> options(ShownRelease release) {
    if (!release.hasPci()) {
      return OPTIONS;
    }
    var all = new ArrayList<>(OPTIONS);
    all.add(PCI);
    return all;
  }

  private void checkTogether() throws Fault {
    if (has("help") || has("version")) {
      return;
    }
    if (has("no-api") && !has("config-file")) {
      throw new Fault("The argument 'no-api' needs 'config-file' beside it.");
    }
    if (has("no-seccomp") && has("seccomp-filter")) {
      throw new Fault("The arguments 'seccomp-filter' and 'no-seccomp' exclude each other.");
    }
    if (has("accelerator") && !List.of("tcg", "auto").contains(given.get("accelerator"))) {
      throw new Fault(
          "The argument 'accelerator' is tcg or auto, which is tcg here, not %s."
              .formatted(given.get("accelerator")));
    }
  }

  boolean has(String name) {
    return given.containsKey(name);
  }

  Optional<String> find(String name) {
    return Optional.ofNullable(given.get(name));
  }

  /** The help, in the order of Firecracker's. */
  static String help(ShownRelease release) {
    var lines = new TreeMap<String, String>();
    for (Option option : options(release)) {
      String usage = option.name() + (option.takesValue() ? " <" + option.value() + ">" : "");
      lines.put(option.name(), "  --%-36s %s%n".formatted(usage, option.help()));
    }
    return "Firecracker v%s%n%noptional arguments:%n%s"
        .formatted(release.text(), String.join("", lines.values()));
  }
}
