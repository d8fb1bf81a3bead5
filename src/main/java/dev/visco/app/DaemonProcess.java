package dev.visco.app;

import dev.visco.cli.ApiException;
import dev.visco.cli.DaemonClient;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.host.Waiting;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.settings.Settings;
import dev.visco.store.DataFolder;
import dev.visco.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The daemon's process seen from outside: finds, starts and stops it. */
final class DaemonProcess {
  /** Until a daemon that has just started answers. */
  private static final Duration START = Duration.ofSeconds(60);

  /** While it reports that it is recovering. */
  private static final Duration RECOVERY = Duration.ofMinutes(10);

  private static final Duration END = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(20);
  private final Settings settings;
  private final Host host;
  private final DaemonStarter starter;

  DaemonProcess(Program program, Settings settings, Host host) {
    this(settings, host, starter(program, settings, host));
  }

  DaemonProcess(Settings settings, Host host, DaemonStarter starter) {
    this.settings = settings;
    this.host = host;
    this.starter = starter;
  }

  /** The service where it is that of this data folder, and otherwise a process of ours. */
  private static DaemonStarter starter(Program program, Settings settings, Host host) {
    Optional<SystemdUnit> unit = SystemdUnit.installed(host, program.home());
    return unit.isPresent() && SystemdUnit.settings(program).data().equals(settings.data())
        ? new ServiceDaemon(unit.get(), SystemdUnit.settings(program), settings)
        : new BackgroundDaemon(program, settings, host);
  }

  /** State of the daemon that holds the data folder, by its API. */
  enum DaemonState {
    /** It serves, with this build. */
    OK,
    /** It is of another build. */
    OTHER,
    /** It is recovering VMs of an earlier daemon. */
    STARTING,
    /** It says that it is stuck, or says nothing: not yet, not any more, or not at our address. */
    SILENT
  }

  /**
   * A daemon and what it says of itself.
   *
   * @param health its {@code /health} document; null when it does not answer at its address
   */
  record DaemonAnswer(DaemonState state, @Nullable JsonNode health) {}

  /** What the daemon said last, in one line for a message. */
  String lastWords() {
    return starter.lastWords();
  }

  /** How the daemon is that is this process. */
  DaemonAnswer status(ProcessRef holder) {
    try {
      JsonNode health = new DaemonClient(Program.api(settings, "")).health();
      return health.path("pid").asLong(0) == holder.pid()
          ? new DaemonAnswer(state(health), health)
          : new DaemonAnswer(
              DaemonState.SILENT, null); // Another installation's daemon is at our address.
    } catch (ApiException e) {
      return new DaemonAnswer(DaemonState.SILENT, null);
    }
  }

  private static DaemonState state(JsonNode health) {
    if (!health.path("build").asString("").equals(Program.build())) {
      return DaemonState.OTHER;
    }
    return switch (health.path("status").asString("")) {
      case "ok" -> DaemonState.OK;
      case "starting" -> DaemonState.STARTING;
      default -> DaemonState.SILENT;
    };
  }

  /**
   * The daemon that holds the data folder: exactly the process that took its lock, and only while
   * it runs our program as a daemon. Whoever else has the folder is never signalled.
   */
  Optional<ProcessRef> process() {
    return Store.holder(settings.data()).filter(this::isDaemon);
  }

  private boolean isDaemon(ProcessRef holder) {
    return host.processes().stream()
        .anyMatch(running -> running.ref().equals(holder) && isDaemon(running.arguments()));
  }

  /** Whether this is how a daemon was started, with or without options before its command. */
  static boolean isDaemon(List<String> arguments) {
    int program = arguments.indexOf(Program.MAIN_CLASS);
    if (program < 0) {
      program = arguments.indexOf("-jar");
    }
    List<String> ours = program < 0 ? List.of() : arguments.subList(program + 1, arguments.size());
    int command = ours.indexOf("daemon");
    return command >= 0
        && (command + 1 == ours.size() || !DaemonCommand.ABOUT.contains(ours.get(command + 1)));
  }

  /**
   * Waits until a daemon of this build serves from the data folder, and starts one if none does.
   * One that somebody else starts meanwhile, like a service manager, counts too. A daemon of
   * another build, or one that does not answer at its address, is replaced. VMs keep running.
   *
   * @throws HostFault when the one that was started here ends, or does not answer in time; its last
   *     words are in it
   */
  void ensure(Map<String, String> flags, Progress progress) {
    requireFolder();
    var round = new Rounds(flags, progress);
    while (!round.isServed()) {
      Waiting.pause(PAUSE);
    }
  }

  private void requireFolder() {
    try {
      DataFolder.require(settings.data());
      Files.createDirectories(settings.data());
    } catch (IOException e) {
      throw UpLock.unusable(settings.data(), e);
    }
  }

  /** What {@link #ensure} has done and seen so far. */
  private final class Rounds {
    private final Map<String, String> flags;
    private final Progress progress;
    private boolean hasStarted;
    private @Nullable ProcessRef started;
    private @Nullable ProcessRef seen;
    private boolean isDaemon;
    private @Nullable Long recoveryEnd;
    private long end;

    Rounds(Map<String, String> flags, Progress progress) {
      this.flags = flags;
      this.progress = progress;
    }

    boolean isServed() {
      ProcessRef holder = Store.holder(settings.data()).orElse(null);
      if (holder == null) {
        startOrGiveUp();
        return false;
      }
      if (!holder.equals(seen)) {
        seen = holder;
        isDaemon = isDaemon(holder);
        end = System.nanoTime() + (isDaemon ? patience(holder) : START).toNanos();
      }
      if (started != null && !holder.equals(started)) {
        started = null; // Our process has ended: another daemon was faster.
        hasStarted = false;
      }
      DaemonState state = status(holder).state();
      switch (state) {
        case OK -> {}
        case OTHER -> replace("by this build");
        case STARTING -> awaitRecovery();
        case SILENT -> giveUpOrReplace(holder);
      }
      return state == DaemonState.OK;
    }

    private void awaitRecovery() {
      progress.report("wait until the daemon has taken up what an earlier one left", -1);
      long now = System.nanoTime();
      if (recoveryEnd == null) {
        recoveryEnd = now + RECOVERY.toNanos();
      } else if (now > recoveryEnd) {
        throw new HostFault(
            "the daemon still takes up what an earlier one left after "
                + RECOVERY.toMinutes()
                + " minutes; its log is "
                + settings.data().resolve(DaemonLog.LOG));
      }
      end = now + START.toNanos();
    }

    private void startOrGiveUp() {
      if (!hasStarted) {
        progress.report("start the " + starter.name(), -1);
        hasStarted = true;
        started = starter.start(flags).orElse(null);
        end = System.nanoTime() + START.toNanos();
      } else if (started != null && !host.isAlive(started)) {
        throw new HostFault("the daemon did not start: " + starter.lastWords());
      } else if (System.nanoTime() > end) {
        throw new HostFault(
            "the daemon did not start within " + START.toSeconds() + " s: " + starter.lastWords());
      }
    }

    private void giveUpOrReplace(ProcessRef holder) {
      if (System.nanoTime() <= end) {
        return;
      }
      if (holder.equals(started)) {
        throw new HostFault(
            "the daemon (process " + holder.pid() + ") does not answer: " + starter.lastWords());
      }
      if (!isDaemon) {
        throw new Refused(
            new Refusal.Conflict(
                "Process "
                    + holder.pid()
                    + " uses the data folder "
                    + settings.data()
                    + " and is no daemon.",
                "Wait until it has ended, or end it, and try again."));
      }
      replace("which does not answer");
    }

    private void replace(String why) {
      progress.report("replace the daemon " + why + "; VMs go on running", -1);
      stop();
    }
  }

  /** How long a daemon may hold the data folder before it must answer. */
  private static Duration patience(ProcessRef daemon) {
    Duration age =
        ProcessHandle.of(daemon.pid())
            .flatMap(process -> process.info().startInstant())
            .map(start -> Duration.between(start, Instant.now()))
            .orElse(START);
    return age.compareTo(START) < 0 ? START : Duration.ZERO;
  }

  /**
   * Stops it in order; VMs keep running.
   *
   * @return whether one ran
   */
  boolean stop() {
    boolean ran = process().isPresent();
    starter.stop();
    process()
        .ifPresent(daemon -> {
          host.terminate(daemon, false);
          if (!Waiting.until(END, () -> !host.isAlive(daemon))) {
            host.terminate(daemon, true);
            Waiting.until(END, () -> !host.isAlive(daemon));
          }
        });
    return ran;
  }
}
