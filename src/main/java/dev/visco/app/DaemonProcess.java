package dev.visco.app;

import dev.visco.cli.ApiAddress;
import dev.visco.cli.ApiException;
import dev.visco.cli.DaemonClient;
import dev.visco.host.ChildEnvironment;
import dev.visco.host.Detached;
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
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The daemon's process seen from outside: finds, starts and stops it. */
final class DaemonProcess {
  /**
   * What a control plane of some tens of VMs takes. It begins small: Java's own beginning is a 64th
   * of the host's memory, and what was once touched stays resident. What a request makes must die
   * young: with the young generation that such a small heap begins with (10 MiB), buffers of
   * guests' words grew old and the heap grew to its bound with a tenth of it in use. After a whole
   * collection what is free goes back to the host. A daemon of which one thread or another is
   * missing is worse than none: without memory it ends, daemon.out says "Terminating due to
   * java.lang.OutOfMemoryError", and its VMs go on.
   */
  static final List<String> MEMORY =
      List.of(
          "-Xms48m",
          "-Xmn32m",
          "-Xmx192m",
          "-XX:MaxHeapFreeRatio=50",
          "-XX:-ShrinkHeapInSteps",
          "-XX:MaxMetaspaceSize=128m",
          "-XX:+ExitOnOutOfMemoryError");

  /** Until a daemon that has just started answers. */
  private static final Duration START = Duration.ofSeconds(60);

  /** While it reports that it is recovering. */
  private static final Duration RECOVERY = Duration.ofMinutes(10);

  private static final Duration END = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(20);
  private final Program program;
  private final Settings settings;
  private final Host host;
  private final DaemonLog log;

  DaemonProcess(Program program, Settings settings, Host host) {
    this.program = program;
    this.settings = settings;
    this.host = host;
    this.log = new DaemonLog(settings.data());
  }

  /** State of the daemon that holds the data folder, by its API. */
  private enum DaemonState {
    /** It serves, with this build. */
    OK,
    /** It is of another build. */
    OTHER,
    /** It is recovering VMs of an earlier daemon. */
    STARTING,
    /** It says that it is stuck, or says nothing: not yet, not any more, or not at our address. */
    SILENT
  }

  private DaemonState state(ProcessRef holder) {
    JsonNode health;
    try {
      health =
          new DaemonClient(new ApiAddress(settings.listenHost(), Program.port(settings), ""))
              .health();
    } catch (ApiException e) {
      return DaemonState.SILENT;
    }
    if (health.path("pid").asLong(0) != holder.pid()) {
      return DaemonState.SILENT; // Another installation's daemon answers at our address.
    }
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
    return program >= 0 && arguments.subList(program + 1, arguments.size()).contains("daemon");
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
      if (!holder.equals(started)) {
        started = null; // Our process has ended: another daemon was faster.
      }
      DaemonState state = state(holder);
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
      if (started == null) {
        progress.report("start the daemon", -1);
        started = start(flags);
        end = System.nanoTime() + START.toNanos();
      } else if (!host.isAlive(started)) {
        throw new HostFault("the daemon did not start: " + log.lastWords());
      } else if (System.nanoTime() > end) {
        throw new HostFault(
            "the daemon did not start within " + START.toSeconds() + " s: " + log.lastWords());
      }
    }

    private void giveUpOrReplace(ProcessRef holder) {
      if (System.nanoTime() <= end) {
        return;
      }
      if (holder.equals(started)) {
        throw new HostFault(
            "the daemon (process " + holder.pid() + ") does not answer: " + log.lastWords());
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

  private ProcessRef start(Map<String, String> flags) {
    Path out = log.begin();
    return host.start(
        new Detached(command(flags), out, null, null, settings.data())
            .withEnvironment(ChildEnvironment.forDaemon(program.environment())));
  }

  /** This very Java with these options, so that the daemon is of this build. */
  private List<String> command(Map<String, String> flags) {
    var command = new ArrayList<String>();
    command.add("env");
    command.add("VISCO_HOME=" + program.home());
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(MEMORY);
    // A crash report may hold keys and tokens: it goes to the one private file.
    command.addAll(List.of("-XX:+ErrorFileToStderr", "-XX:-CreateCoredumpOnCrash"));
    command.add(DaemonLog.TO_FILE);
    command.addAll(
        JavaOptions.forDaemon(
            ManagementFactory.getRuntimeMXBean().getInputArguments(), System.getenv()));
    command.addAll(List.of("-cp", classPath(), Program.MAIN_CLASS, "daemon"));
    flags.forEach((key, value) -> command.addAll(List.of("--set", key + "=" + value)));
    return command;
  }

  /** Ours, wherever the daemon's working directory is. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Stops it in order; VMs keep running. */
  void stop() {
    process()
        .ifPresent(daemon -> {
          host.terminate(daemon, false);
          if (!Waiting.until(END, () -> !host.isAlive(daemon))) {
            host.terminate(daemon, true);
            Waiting.until(END, () -> !host.isAlive(daemon));
          }
        });
  }
}
