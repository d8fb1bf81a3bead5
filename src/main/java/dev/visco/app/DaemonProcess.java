package dev.visco.app;

import dev.visco.cli.ApiAddress;
import dev.visco.cli.ApiClient;
import dev.visco.cli.ApiException;
import dev.visco.host.ChildEnvironment;
import dev.visco.host.Detached;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.host.Tail;
import dev.visco.settings.Settings;
import dev.visco.store.DataFolder;
import dev.visco.store.Store;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The daemon's process, seen from outside: whether it runs, starting it in the background, ending
 * it.
 */
final class DaemonProcess {
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration END = Duration.ofSeconds(60);
  private final Program program;
  private final Settings settings;
  private final Host host;

  DaemonProcess(Program program, Settings settings, Host host) {
    this.program = program;
    this.settings = settings;
    this.host = host;
  }

  /** The build that answers on the API's address; empty when none does. */
  Optional<String> build() {
    try {
      var health =
          new ApiClient(new ApiAddress(settings.listenHost(), Program.port(settings), ""))
              .json("GET", "/health", null);
      return Optional.of(health.path("build").asString());
    } catch (ApiException e) {
      return Optional.empty();
    }
  }

  /**
   * The daemon that holds the data folder: exactly the process that took its lock, and only while
   * it runs our program as a daemon. Whoever else has the folder is never signalled.
   */
  Optional<ProcessRef> process() {
    return Store.holder(settings.data())
        .filter(holder ->
            host.processes().stream()
                .anyMatch(
                    running -> running.ref().equals(holder) && isDaemon(running.arguments())));
  }

  /** Whether this is how a daemon was started, with or without options before its command. */
  static boolean isDaemon(List<String> arguments) {
    int program = arguments.indexOf(Main.class.getName());
    if (program < 0) {
      program = arguments.indexOf("-jar");
    }
    return program >= 0 && arguments.subList(program + 1, arguments.size()).contains("daemon");
  }

  /** Starts it and waits for its first answer; its log is quoted when it ends instead. */
  void start(Map<String, String> flags) {
    Path log = settings.data().resolve("daemon.out");
    try {
      DataFolder.require(settings.data());
      Files.createDirectories(settings.data());
      Files.deleteIfExists(settings.data().resolve("port"));
      Files.deleteIfExists(log);
    } catch (IOException e) {
      throw new HostFault(
          "the data folder " + settings.data() + " cannot be used: " + e.getMessage(), e);
    }
    ProcessRef process =
        host.start(
            new Detached(command(flags), log)
                .withEnvironment(ChildEnvironment.forDaemon(program.environment())));
    boolean answered = await(START, () -> answers() || !host.isAlive(process)) && answers();
    if (!answered) {
      throw new HostFault("the daemon did not start: " + text(log));
    }
  }

  private boolean answers() {
    return Files.exists(settings.data().resolve("port")) && build().isPresent();
  }

  /** This very Java with these options, so that the daemon is of this build. */
  private List<String> command(Map<String, String> flags) {
    var command = new ArrayList<String>();
    command.add("env");
    command.add("VISCO_HOME=" + program.home());
    command.add(ProcessHandle.current().info().command().orElse("java"));
    // What a control plane of some tens of VMs takes. It begins small: Java's own beginning is a
    // 64th of the host's memory, and what was once touched stays resident.
    command.addAll(List.of("-Xms16m", "-Xmx192m", "-XX:MaxMetaspaceSize=128m"));
    // What a crash of the JVM leaves behind may hold tokens and keys: no core, and its report where
    // nobody else looks.
    command.add("-XX:-CreateCoredumpOnCrash");
    command.add("-XX:ErrorFile=" + settings.data().resolve("hs_err_pid%p.log"));
    command.addAll(daemonOptions(ManagementFactory.getRuntimeMXBean().getInputArguments()));
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), "daemon"));
    flags.forEach((key, value) -> command.addAll(List.of("--set", key + "=" + value)));
    return command;
  }

  /** A command's options, but with all compilers: the daemon lives long enough to gain by them. */
  static List<String> daemonOptions(List<String> ours) {
    return ours.stream().filter(option -> !option.startsWith("-XX:TieredStopAtLevel")).toList();
  }

  /** Ends it in order; what runs for it goes on running. */
  void stop() {
    process()
        .ifPresent(process -> {
          host.terminate(process, false);
          if (!await(END, () -> !host.isAlive(process))) {
            host.terminate(process, true);
          }
        });
  }

  private static String text(Path log) {
    List<String> lines = Tail.lines(log, 5);
    return lines.isEmpty() ? "it said nothing" : String.join("; ", lines);
  }

  private static boolean await(Duration most, BooleanSupplier thing) {
    long end = System.nanoTime() + most.toNanos();
    while (!Objects.requireNonNull(thing).getAsBoolean()) {
      if (System.nanoTime() > end) {
        return false;
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }
}
