package dev.visco.app;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.model.GuestText;
import dev.visco.settings.Settings;
import dev.visco.settings.SettingsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The unit {@code visco.service} of a host whose service manager is systemd, as the package
 * installs it ({@code dist/visco.service}).
 */
final class SystemdUnit {
  static final String NAME = "visco.service";

  /** There while systemd is the service manager (sd_booted(3)). */
  private static final Path RUNNING = Path.of("/run/systemd/system");

  /** In the order in which they count (systemd.unit(5)). */
  private static final List<Path> FOLDERS =
      List.of(
          Path.of("/etc/systemd/system"),
          Path.of("/usr/local/lib/systemd/system"),
          Path.of("/usr/lib/systemd/system"),
          Path.of("/lib/systemd/system"));

  /** A start returns once the daemon serves: recovery of many VMs may take this long. */
  private static final Duration START = Duration.ofMinutes(15);

  private static final Duration STOP = Duration.ofMinutes(3);
  private static final int LAST_LINES = 5;

  private final Host host;

  private SystemdUnit(Host host) {
    this.host = host;
  }

  /** The unit that starts this very program; empty where there is none. */
  static Optional<SystemdUnit> installed(Host host, Path home) {
    return installed(host, home, RUNNING, FOLDERS);
  }

  /**
   * @param running there while systemd manages services
   * @param folders of units, the first that has it counts
   */
  static Optional<SystemdUnit> installed(Host host, Path home, Path running, List<Path> folders) {
    if (!Files.isDirectory(running)) {
      return Optional.empty();
    }
    return folders.stream()
        .map(folder -> folder.resolve(NAME))
        .filter(Files::isRegularFile)
        .findFirst()
        .filter(file -> isOf(file, home))
        .map(_ -> new SystemdUnit(host));
  }

  private static boolean isOf(Path unit, Path home) {
    try {
      return Files.readAllLines(unit).contains("Environment=VISCO_HOME=" + home);
    } catch (IOException e) {
      throw new HostFault("cannot read " + unit + ": " + HostFault.words(e), e);
    }
  }

  /** The settings that the service has: those of the file alone. */
  static Settings settings(Program program) {
    return new SettingsReader(program.home(), Program.CONFIGURATION, program.host().memoryMib())
        .read(Map.of(), Map.of());
  }

  /**
   * Starts it, and has returned once the daemon serves.
   *
   * @throws HostFault when it does not
   */
  void start() {
    start(START);
  }

  /**
   * @param deadline after which it is not waited for any longer
   */
  void start(Duration deadline) {
    // One that failed too often in a row is not started again before that is forgotten.
    host.run(Command.of("systemctl", "reset-failed", NAME));
    CommandResult result = host.run(Command.of("systemctl", "start", NAME).within(deadline));
    if (!result.succeeded()) {
      throw new HostFault("the service " + NAME + " did not start: " + lastWords());
    }
  }

  /** Stops its daemon; nothing happens when none runs. */
  void stop() {
    host.check(Command.of("systemctl", "stop", NAME).within(STOP));
  }

  /** Whether it starts with the host. */
  boolean isEnabled() {
    return host.run(Command.of("systemctl", "is-enabled", "--quiet", NAME)).succeeded();
  }

  /** The last lines of its journal, joined. */
  String lastWords() {
    CommandResult said =
        host.run(
            Command.of(
                "journalctl",
                "--unit=" + NAME,
                "--lines=" + LAST_LINES,
                "--output=cat",
                "--no-pager",
                "--quiet"));
    String lines =
        said.output()
            .lines()
            .map(line -> GuestText.line(line).value())
            .filter(line -> !line.isEmpty())
            .collect(Collectors.joining("; "));
    return lines.isEmpty() ? "its journal is empty (journalctl -u visco)" : lines;
  }
}
