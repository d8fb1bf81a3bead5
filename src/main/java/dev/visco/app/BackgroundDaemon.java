package dev.visco.app;

import dev.visco.host.ChildEnvironment;
import dev.visco.host.Detached;
import dev.visco.host.Host;
import dev.visco.host.ProcessRef;
import dev.visco.settings.Settings;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A daemon in the background, of the program that starts it, with its logs in the data folder. */
final class BackgroundDaemon implements DaemonStarter {
  /**
   * What a control plane of some tens of VMs takes. It begins small: Java's own beginning is a 64th
   * of the host's memory, and what was once touched stays resident. What a request makes must die
   * young: with the young generation that such a small heap begins with (10 MiB), buffers of
   * guests' words grew old and the heap grew to its bound with a tenth of it in use. After a whole
   * collection what is free goes back to the host. A thread keeps no buffer of its own for a large
   * file or answer once it is through. A daemon of which one thread or another is missing is worse
   * than none: without memory it ends, daemon.out says "Terminating due to
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
          "-Djdk.nio.maxCachedBufferSize=262144",
          "-XX:+ExitOnOutOfMemoryError");

  /**
   * A crash report may hold keys and tokens: it goes to the one private file. jcmd and jmap would
   * write the heap, and the keys in it, to any file.
   */
  static final List<String> PRIVACY =
      List.of(
          "-XX:+ErrorFileToStderr", "-XX:-CreateCoredumpOnCrash", "-XX:+DisableAttachMechanism");

  private final Program program;
  private final Settings settings;
  private final Host host;
  private final DaemonLog log;

  BackgroundDaemon(Program program, Settings settings, Host host) {
    this.program = program;
    this.settings = settings;
    this.host = host;
    this.log = new DaemonLog(settings.data());
  }

  @Override
  public String name() {
    return "daemon";
  }

  @Override
  public Optional<ProcessRef> start(Map<String, String> flags) {
    Path out = log.begin();
    return Optional.of(
        host.start(
            new Detached(command(flags), out, null, null, settings.data())
                .withEnvironment(ChildEnvironment.forDaemon(program.environment()))));
  }

  /** A signal is enough. */
  @Override
  public void stop() {}

  @Override
  public String lastWords() {
    return log.lastWords();
  }

  /** This very Java with these options, so that the daemon is of this build. */
  private List<String> command(Map<String, String> flags) {
    var command = new ArrayList<String>();
    command.add("env");
    command.add("VISCO_HOME=" + program.home());
    // What many threads have once allocated outside the heap would otherwise stay in as many
    // arenas (mallopt(3), M_ARENA_MAX).
    command.add("MALLOC_ARENA_MAX=2");
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(MEMORY);
    command.addAll(PRIVACY);
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
}
