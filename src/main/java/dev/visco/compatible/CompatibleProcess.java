package dev.visco.compatible;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One run of the process, from its arguments to its exit code; {@link Compatible} gives it the real
 * context.
 */
final class CompatibleProcess implements AutoCloseable {
  /** The result for which the process raises SIGABRT, where Firecracker panics. */
  static final int ABORTED = -6;

  static final int BAD_ARGUMENTS = 153;
  static final int BAD_LEVEL = 152;

  private static final long METRICS_PERIOD_SECONDS = 60;
  private static final String DEFAULT_BODY_LIMIT = "51200";

  private final List<String> words;
  private final ProcessContext context;
  private @Nullable HttpServer server;
  private @Nullable Instance instance;
  private @Nullable Log log;

  CompatibleProcess(List<String> words, ProcessContext context) {
    this.words = List.copyOf(words);
    this.context = context;
  }

  /** Ends the process with an exit code, after its message was written. */
  private static final class ProcessExit extends Exception {
    private static final long serialVersionUID = 1L;
    private final int code;

    ProcessExit(int code, String why) {
      super(why, null, false, false);
      this.code = code;
    }
  }

  /** Runs to the end of the process and returns its exit code, or {@link #ABORTED}. */
  int run() throws InterruptedException {
    ShownRelease release = ShownRelease.NEWEST;
    int code;
    try {
      release = Arguments.release(words);
      code = run(Arguments.parse(words, release), release);
    } catch (Fault fault) {
      code = say(release, new ProcessExit(BAD_ARGUMENTS, fault.getMessage() + " Try --help."));
    } catch (ProcessExit ends) {
      code = say(release, ends);
    }
    if (code == 0) {
      log(release).info(Log.MAIN, "Ends with exit code 0.");
    }
    return code;
  }

  private int say(ShownRelease release, ProcessExit ends) {
    log(release).error(Log.MAIN, String.valueOf(ends.getMessage()));
    if (ends.code != ABORTED) {
      write(context.error(), "Error: " + ends.getMessage() + "\n");
      log(release).error(Log.MAIN, "Ends with exit code " + ends.code + ".");
    }
    return ends.code;
  }

  private Log log(ShownRelease release) {
    if (log == null) {
      log = new Log(context.out(), Instance.clock(), release.makesLogFiles());
    }
    return log;
  }

  private int run(Arguments arguments, ShownRelease release)
      throws ProcessExit, InterruptedException {
    if (tells(arguments, release)) {
      return 0;
    }
    String id = arguments.find("id").orElse("anonymous-instance");
    checkId(id);
    Log lines = log(release);
    lines.nameInstance(id);
    configureLog(lines, arguments);
    lines.info(Log.MAIN, "Shows Firecracker v" + release.text() + "; this is Visco.");
    var metrics = new MetricsFile(release, Instance.clock());
    openMetrics(metrics, arguments);
    if (arguments.has("seccomp-filter")) {
      throw new ProcessExit(Instance.FAILED, "A seccomp filter cannot be read here.");
    }
    byte[] config = read(arguments, "config-file");
    byte[] metadata = read(arguments, "metadata");
    long bodyLimit = number(arguments, "http-api-max-payload-size", DEFAULT_BODY_LIMIT);
    long mmdsLimit = number(arguments, "mmds-size-limit", Long.toString(bodyLimit));
    number(arguments, "start-time-us", "0");
    number(arguments, "start-time-cpu-us", "0");
    number(arguments, "parent-cpu-time-us", "0");
    instance =
        new Instance(id, release, arguments.has("enable-pci"), mmdsLimit, lines, metrics, context);
    return serve(arguments, instance, config, metadata, bodyLimit);
  }

  private int serve(
      Arguments arguments,
      Instance machine,
      byte @Nullable [] config,
      byte @Nullable [] metadata,
      long bodyLimit)
      throws ProcessExit, InterruptedException {
    var api = new Api(machine);
    if (!arguments.has("no-api")) {
      listen(arguments.find("api-sock").orElse("/run/firecracker.socket"), machine.log());
    }
    if (metadata != null) {
      try {
        machine.mmds().put(JsonReader.read(metadata));
      } catch (Fault fault) {
        throw new ProcessExit(ABORTED, "The metadata cannot be used: " + fault.getMessage());
      }
    }
    if (server != null && config == null) {
      open(server, api, machine, bodyLimit);
    }
    if (config != null) {
      try {
        api.configure(config);
      } catch (Fault fault) {
        throw new ProcessExit(
            Instance.FAILED, "The configuration file cannot be used: " + fault.getMessage());
      }
      if (server != null) {
        open(server, api, machine, bodyLimit);
      }
    }
    return awaitEnd(machine);
  }

  private void listen(String path, Log lines) throws ProcessExit {
    try {
      server = HttpServer.bind(path);
    } catch (Fault fault) {
      throw new ProcessExit(Instance.FAILED, String.valueOf(fault.getMessage()));
    }
    lines.info(Log.MAIN, "Listens at " + new JsonValue.JsonText(path).write() + ".");
  }

  private static void open(HttpServer server, Api api, Instance machine, long bodyLimit) {
    server.start(connection ->
        new HttpConnection(connection, api, machine.release(), bodyLimit, machine::endIfBroken)
            .serve());
    machine.log().info(Log.API, "The API answers.");
  }

  private static int awaitEnd(Instance machine) throws InterruptedException {
    while (true) {
      try {
        int code = machine.ended().get(METRICS_PERIOD_SECONDS, TimeUnit.SECONDS);
        machine.flushMetrics();
        if (code != 0) {
          machine.log().error(Log.MAIN, "Ends with exit code " + code + ".");
        }
        return code;
      } catch (TimeoutException e) {
        machine.flushMetrics();
      } catch (java.util.concurrent.ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Answers arguments that only ask for information. */
  private boolean tells(Arguments arguments, ShownRelease release) throws ProcessExit {
    if (arguments.has("help")) {
      write(context.out(), Arguments.help(release) + "\n");
    } else if (arguments.has("version")) {
      write(
          context.out(),
          "Firecracker v%s\n\nThis is Visco's Firecracker-compatible process, on QEMU.\n"
              .formatted(release.text()));
    } else if (arguments.has("snapshot-version")) {
      write(context.out(), "v" + release.snapshotFormat() + ".0.0\n");
    } else if (arguments.has("describe-snapshot")) {
      try {
        var file = new SnapshotFile(Path.of(arguments.find("describe-snapshot").orElseThrow()));
        write(context.out(), "v" + file.header().format() + ".0.0\n");
      } catch (Fault fault) {
        throw new ProcessExit(Instance.FAILED, String.valueOf(fault.getMessage()));
      }
    } else {
      return false;
    }
    return true;
  }

  private static void checkId(String id) throws ProcessExit {
    if (id.isEmpty() || id.length() > 64) {
      throw new ProcessExit(
          ABORTED, "An id has 1 to 64 characters, not %d.".formatted(id.length()));
    }
    if (!id.matches("[\\p{IsAlphabetic}\\p{IsDigit}-]+")) {
      throw new ProcessExit(
          ABORTED, "An id is made of letters, digits and hyphens, not %s.".formatted(id));
    }
  }

  private static void configureLog(Log lines, Arguments arguments) throws ProcessExit {
    var body = new ArrayList<JsonValue.Member>();
    arguments
        .find("log-path")
        .ifPresent(path -> body.add(new JsonValue.Member("log_path", JsonValue.of(path))));
    if (arguments.has("level")) {
      String level = arguments.find("level").orElseThrow();
      if (!level.toLowerCase(Locale.ROOT).matches("off|trace|debug|info|warn|warning|error")) {
        throw new ProcessExit(BAD_LEVEL, "There is no log level %s.".formatted(level));
      }
      body.add(new JsonValue.Member("level", JsonValue.of(level)));
    }
    if (arguments.has("show-level")) {
      body.add(new JsonValue.Member("show_level", JsonValue.of(true)));
    }
    if (arguments.has("show-log-origin")) {
      body.add(new JsonValue.Member("show_log_origin", JsonValue.of(true)));
    }
    arguments
        .find("module")
        .ifPresent(module -> body.add(new JsonValue.Member("module", JsonValue.of(module))));
    try {
      lines.configure(new Shapes(ShownRelease.NEWEST).logger().read(new JsonValue.Members(body)));
    } catch (Fault fault) {
      throw new ProcessExit(Instance.FAILED, String.valueOf(fault.getMessage()));
    }
  }

  private static void openMetrics(MetricsFile metrics, Arguments arguments) throws ProcessExit {
    if (arguments.has("metrics-path")) {
      try {
        metrics.open(Path.of(arguments.find("metrics-path").orElseThrow()));
      } catch (Fault fault) {
        throw new ProcessExit(Instance.FAILED, String.valueOf(fault.getMessage()));
      }
    }
  }

  private static byte @Nullable [] read(Arguments arguments, String name) throws ProcessExit {
    if (!arguments.has(name)) {
      return null;
    }
    try {
      return Files.readAllBytes(Path.of(arguments.find(name).orElseThrow()));
    } catch (IOException e) {
      throw new ProcessExit(
          ABORTED, "The file of --%s cannot be read: %s".formatted(name, OutputFiles.reason(e)));
    }
  }

  private static long number(Arguments arguments, String name, String usual) throws ProcessExit {
    String text = arguments.find(name).orElse(usual);
    try {
      return Long.parseUnsignedLong(text);
    } catch (NumberFormatException e) {
      throw new ProcessExit(
          ABORTED, "The argument '%s' must be a number, not %s.".formatted(name, text));
    }
  }

  private static void write(OutputStream out, String text) {
    try {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      // Nobody reads standard output.
    }
  }

  /** Ends the process with this code, like after a signal; writes the metrics first. */
  void end(int code) {
    if (instance != null) {
      instance.ended().complete(code);
    }
  }

  /** Releases everything; kills a running guest. */
  @Override
  public void close() {
    if (server != null) {
      server.close();
    }
    if (instance != null) {
      instance.close();
    }
  }
}
