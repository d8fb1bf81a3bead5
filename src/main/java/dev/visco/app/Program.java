package dev.visco.app;

import dev.visco.cli.ApiAddress;
import dev.visco.cli.Contexts;
import dev.visco.cli.ServerTrust;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.settings.Settings;
import dev.visco.settings.SettingsReader;
import dev.visco.settings.TlsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/**
 * The program's folder and environment.
 *
 * @param home its folder, with {@code types}, {@code providers} and {@code images}
 */
record Program(Path home, Map<String, String> environment) {
  /** The class that a JVM is started with. */
  static final String MAIN_CLASS = Program.class.getPackageName() + ".Main";

  /** The folder of settings, of types and of recipes, where nothing names another one. */
  static final Path CONFIGURATION = Path.of("/etc/visco");

  static Program here() {
    Map<String, String> environment = System.getenv();
    String home = environment.get("VISCO_HOME");
    return new Program(
        Path.of(home == null ? "." : home).toAbsolutePath().normalize(), environment);
  }

  Settings settings(Map<String, String> flags) {
    return reader().read(flags, environment);
  }

  SettingsReader reader() {
    return new SettingsReader(home, configuration(), host().memoryMib());
  }

  /** The folder with {@code visco.toml}. */
  Path configuration() {
    String named = environment.get("VISCO_CONFIG");
    return named == null ? CONFIGURATION : Path.of(named);
  }

  Host host() {
    return new LinuxHost();
  }

  /** Which build runs: the folder of its jar, one for each build. */
  static String build() {
    // A class from the AOT cache has no code source, so the class path is used.
    Path jar = Path.of(System.getProperty("java.class.path").split(":", 2)[0]);
    try {
      return Objects.requireNonNull(jar.toRealPath().getParent()).getFileName().toString();
    } catch (IOException e) {
      return "unknown";
    }
  }

  /** The program's version, like {@code 0.1.0}. */
  static String version() {
    return Objects.requireNonNullElse(
        Program.class.getPackage().getImplementationVersion(), "(not packaged)");
  }

  /** The file with the first token, for root only. */
  static Path tokenFile(Settings settings) {
    return settings.data().resolve("admin-token");
  }

  /**
   * Where commands of a client go: to this host's daemon where a flag or the environment names its
   * address or data folder, else as {@link Contexts} has it.
   */
  ApiAddress client(Map<String, String> flags) {
    boolean isNamed =
        environment.containsKey("VISCO_HOST") || environment.containsKey("VISCO_CONTEXT");
    boolean isLocal =
        flags.containsKey("data")
            || flags.containsKey("listen")
            || (!isNamed
                && (environment.containsKey("VISCO_LISTEN")
                    || environment.containsKey("VISCO_DATA")));
    return isLocal
        ? address(flags)
        : contexts().address(environment).orElseGet(() -> address(flags));
  }

  Contexts contexts() {
    return Contexts.of(environment);
  }

  /** Where this host's daemon can be reached, if it runs. */
  ApiAddress address(Map<String, String> flags) {
    Settings settings = settings(flags);
    return api(settings, token(settings));
  }

  /**
   * This host's daemon. What it shows by HTTPS lies in its data folder; who may not look there goes
   * by the settings.
   */
  static ApiAddress api(Settings settings, String token) {
    Path shown = TlsFiles.shown(settings.data());
    boolean maySee = Files.isReadable(settings.data());
    ServerTrust trust =
        maySee && Files.exists(shown)
            ? ServerTrust.inExactly(shown)
            : maySee || settings.tls() == null
                ? null
                : ServerTrust.inExactly(settings.tls().certificate());
    return new ApiAddress(settings.listenHost(), port(settings), "", token, trust);
  }

  /** With port 0 the daemon took any that was free, and wrote it down. */
  static int port(Settings settings) {
    Path file = settings.data().resolve("port");
    try {
      return settings.listenPort() == 0 && Files.exists(file)
          ? Integer.parseInt(Files.readString(file).strip())
          : settings.listenPort();
    } catch (IOException | NumberFormatException e) {
      return settings.listenPort();
    }
  }

  private String token(Settings settings) {
    String given = environment.get("VISCO_TOKEN");
    if (given != null) {
      return given;
    }
    Path file = tokenFile(settings);
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new Refused(
          Files.exists(settings.data())
              ? new Refusal.Unauthorized(
                  "The token in " + file + " cannot be read.", "Run as root, or set VISCO_TOKEN.")
              : new Refusal.HostLacks(
                  "daemon",
                  "There is no data folder " + settings.data() + ": Visco has not run here.",
                  "Start it: visco up"));
    }
  }
}
