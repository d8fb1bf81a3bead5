package dev.visco.app;

import dev.visco.host.ChildEnvironment;
import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.host.Waiting;
import dev.visco.model.Durations;
import dev.visco.model.Progress;
import dev.visco.settings.Settings;
import dev.visco.upgrade.InstalledDaemon;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The daemon of the installed package, seen by a process of another build: by systemd where the
 * service is there, and otherwise by the installed program's own command.
 */
final class PackagedDaemon implements InstalledDaemon, AutoCloseable {
  /** Where the package has the program. */
  static final Path HOME = Path.of("/usr/lib/visco");

  private static final String COMMAND = "/usr/bin/visco";
  private static final int LAST_LINES = 5;

  private final Program program;
  private final Settings settings;
  private final Map<String, String> flags;
  private final Host host;
  private final Progress progress;
  private final Path home;
  private final String command;
  private @Nullable UpLock lock;

  /**
   * @param program with the folder of the installed program
   * @param flags given to the command that starts the daemon where it is no service
   */
  PackagedDaemon(
      Program program, Settings settings, Map<String, String> flags, Host host, Progress progress) {
    this(program, settings, flags, host, progress, HOME, COMMAND);
  }

  /**
   * @param home of the installed program
   * @param command that starts it
   */
  PackagedDaemon(
      Program program,
      Settings settings,
      Map<String, String> flags,
      Host host,
      Progress progress,
      Path home,
      String command) {
    this.program = program;
    this.settings = settings;
    this.flags = Map.copyOf(flags);
    this.host = host;
    this.progress = progress;
    this.home = home;
    this.command = command;
  }

  @Override
  public void stop() {
    if (lock == null) {
      lock = UpLock.take(settings.data(), progress);
    }
    process().stop();
  }

  /** Asked anew each time: the unit belongs to the package. */
  private DaemonProcess process() {
    return new DaemonProcess(program, settings, host);
  }

  @Override
  public Optional<String> start(Duration deadline) {
    close(); // The command that starts it takes the lock.
    long end = System.nanoTime() + deadline.toNanos();
    try {
      Optional<SystemdUnit> unit = SystemdUnit.installed(host, home);
      if (unit.isPresent()) {
        unit.get().start(deadline);
      } else {
        startByCommand(deadline);
      }
    } catch (HostFault e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
    var health = new Object[] {"it does not answer"};
    boolean isWell =
        Waiting.until(
            Duration.ofNanos(Math.max(0, end - System.nanoTime())),
            () -> {
              health[0] = health();
              return health[0].equals("ok");
            });
    return isWell
        ? Optional.empty()
        : Optional.of(
            "its daemon is not well within "
                + Durations.text(deadline)
                + ": "
                + health[0]
                + "; it said last: "
                + process().lastWords());
  }

  private void startByCommand(Duration deadline) {
    var arguments = new ArrayList<>(List.of(command, "daemon", "restart"));
    flags.forEach((name, value) -> arguments.addAll(List.of("--set", name + "=" + value)));
    CommandResult result =
        host.run(
            Command.of(arguments)
                .withEnvironment(ChildEnvironment.forDaemon(program.environment()))
                .within(deadline));
    if (!result.succeeded()) {
      List<String> lines = (result.error() + result.output()).lines().toList();
      throw new HostFault(
          "its daemon did not start: "
              + lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()).stream()
                  .map(line -> line.replaceFirst("^visco: ", ""))
                  .collect(Collectors.joining("; ")));
    }
  }

  /** {@code ok}, or in words what is wrong. */
  private String health() {
    Optional<ProcessRef> holder = process().process();
    if (holder.isEmpty()) {
      return "no daemon uses " + settings.data();
    }
    JsonNode health = process().status(holder.get()).health();
    if (health == null) {
      return "it does not answer";
    }
    String build = health.path("build").asString("");
    if (!build.equals(installedBuild())) {
      return "another build answers, " + build;
    }
    return health.path("status").asString("");
  }

  /** As {@link Program#build} has it: the folder of the program's jar. */
  private String installedBuild() {
    try {
      return home.resolve("app").toRealPath().getFileName().toString();
    } catch (IOException e) {
      return "";
    }
  }

  /** Lets others start the daemon again. */
  @Override
  public void close() {
    if (lock != null) {
      lock.close();
      lock = null;
    }
  }
}
