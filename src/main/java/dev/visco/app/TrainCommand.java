package dev.visco.app;

import dev.visco.cli.CommandExitCode;
import dev.visco.compatible.Compatible;
import dev.visco.host.Detached;
import dev.visco.host.DurableFiles;
import dev.visco.host.ProcessRef;
import dev.visco.wire.CreateRequest;
import dev.visco.wire.Json;
import dev.visco.wire.VmDocument;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

/**
 * {@code visco train}: loads the classes that later runs load, to record the JVM's AOT caches (JEP
 * 514). There are two, since a run begins with all classes of its cache: one of the daemon and of
 * the processes that it starts, and a smaller one of the commands. Changes nothing else.
 */
@CommandLine.Command(name = "train", hidden = true, description = "Loads what later runs load.")
final class TrainCommand implements Callable<Integer> {
  private static final PrintStream NOWHERE = new PrintStream(OutputStream.nullOutputStream());

  private static final Duration MAX_SERVER = Duration.ofMinutes(1);

  /** What commands load that ask the daemon, and those that go into a guest. */
  private static final List<List<String>> COMMANDS =
      List.of(
          List.of("ps"),
          List.of("ps", "-q"),
          List.of("inspect", TrainingServer.VM),
          List.of("exec", "-e", "A=b", TrainingServer.VM, "true"),
          List.of("exec", TrainingServer.VM, "true"),
          List.of("--help"));

  private final Program program;

  @Parameters(
      description = {
        "classes (makes them ones that can be linked ahead of time), daemon, commands, or server",
        "(what the commands of a training ask)"
      })
  private String what = "";

  TrainCommand(Program program) {
    this.program = program;
  }

  @Override
  public Integer call() throws Exception {
    switch (what) {
      case "classes" -> updateClasses();
      case "daemon" -> asDaemon();
      case "commands" -> asCommands();
      case "server" -> asServer();
      default ->
          throw new CommandLine.ParameterException(
              new CommandLine(this),
              "train takes classes, daemon, commands or server, and not " + what);
    }
    return CommandExitCode.OK;
  }

  private static void updateClasses() throws Exception {
    Path jar =
        Path.of(CommandLine.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    System.out.println(jar.getFileName() + ": " + ClassFormat.update(jar) + " classes");
  }

  private void asDaemon() throws Exception {
    loadOurs();
    Path data = Files.createTempDirectory("visco-train");
    // Of no interest to a daemon of this host: neither its data nor its port, and nobody is asked.
    Map<String, String> settings =
        Map.of("data", data.toString(), "listen", "127.0.0.1:0", "network.nameserver", "192.0.2.1");
    try (Daemon daemon =
        Daemon.open(new Program(program.home(), Map.of()).settings(settings), program.host())) {
      daemon.train();
    } finally {
      DurableFiles.deleteTree(data);
    }
    TrainingServer.start().close();
    Json.read(
        Json.line(
            CreateRequest.of("u", "cli").transport("mmio").size(1, 256).ttl("1h", null).build()),
        CreateRequest.class);
    Class.forName(VmDocument.class.getName());
    Compatible.train();
  }

  /** All classes of the jar but the command line's; most of them a daemon needs. */
  private static void loadOurs() throws Exception {
    Path jar = Path.of(System.getProperty("java.class.path"));
    try (var classes = new JarFile(jar.toFile())) {
      for (JarEntry entry : Collections.list(classes.entries())) {
        String name = entry.getName();
        if (name.matches("dev/visco/(?!cli/).*\\.class") && !name.endsWith("-info.class")) {
          Class.forName(
              name.substring(0, name.length() - ".class".length()).replace('/', '.'),
              false,
              TrainCommand.class.getClassLoader());
        }
      }
    }
  }

  /** Until the one who trains ends it, or {@link #MAX_SERVER} if that one is gone. */
  private static void asServer() throws Exception {
    try (var server = TrainingServer.start()) {
      System.out.println(server.port());
      Thread.sleep(MAX_SERVER);
    }
  }

  /** The server is a process of its own, so that its classes are not in the cache. */
  private void asCommands() throws Exception {
    Path said = Files.createTempFile("visco-train", ".port");
    ProcessRef server =
        program
            .host()
            .start(
                new Detached(
                    List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.MAIN_CLASS,
                        "train",
                        "server"),
                    Path.of("/dev/null"),
                    null,
                    said,
                    null));
    try {
      var asked = new Program(program.home(), environment(port(said)));
      for (List<String> words : COMMANDS) {
        runOne(asked, words);
      }
    } finally {
      program.host().terminate(server, true);
      Files.delete(said);
    }
  }

  private static String port(Path said) throws Exception {
    long end = System.nanoTime() + MAX_SERVER.toNanos();
    while (System.nanoTime() < end) {
      String text = Files.readString(said);
      if (text.endsWith("\n")) {
        return text.strip();
      }
      Thread.sleep(50);
    }
    throw new IllegalStateException("the server of the training did not start");
  }

  private static Map<String, String> environment(String port) {
    return Map.of("VISCO_LISTEN", "127.0.0.1:" + port, "VISCO_TOKEN", "none");
  }

  private static void runOne(Program program, List<String> words) {
    int code =
        Main.commandLine(program, NOWHERE, NOWHERE, words.getFirst())
            .execute(words.toArray(String[]::new));
    if (code != CommandExitCode.OK) {
      throw new IllegalStateException("visco " + String.join(" ", words) + " ended with " + code);
    }
  }
}
