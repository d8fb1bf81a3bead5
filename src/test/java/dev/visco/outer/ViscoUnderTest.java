package dev.visco.outer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.image.TestImages;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The real program as its users have it: the built jar, a daemon with a data folder of its own in
 * the {@link OuterNetwork}, and its command line. Closing it runs {@code down --purge} and holds it
 * to its word that nothing is left.
 */
public final class ViscoUnderTest implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofMinutes(5);
  private final Host host = new LinuxHost();
  private final Path home = Path.of("").toAbsolutePath();
  private final Path data;
  private final Map<String, String> environment = new HashMap<>();
  private @Nullable String mark;
  private List<String> program = BuiltProgram.words();

  private ViscoUnderTest(Path data, Map<String, String> settings) {
    this.data = data;
    environment.put("VISCO_DATA", data.toString());
    environment.put("VISCO_HOME", home.toString());
    environment.put("VISCO_CONFIG", data.resolve("no-configuration").toString());
    environment.put("VISCO_LISTEN", "127.0.0.1:0");
    environment.put("VISCO_NAMESERVER", OuterNetwork.NAMESERVER);
    environment.putAll(settings);
  }

  /**
   * With the cli image alone in its store; nothing runs yet.
   *
   * @param settings environment variables, over those that the tests need
   */
  public static ViscoUnderTest withImage(Map<String, String> settings) {
    TestImages.cli();
    var visco = new ViscoUnderTest(newFolder(), settings);
    visco.takeImages();
    // By its name: what has none is not there for anybody.
    for (String name : List.of("browser", "cli-tools", "browser-tools")) {
      DurableFiles.deleteTree(visco.data.resolve("images/names").resolve(name));
    }
    return visco;
  }

  /** With the cli image and the browser image. */
  public static ViscoUnderTest withImages(Map<String, String> settings) {
    return withImages(newFolder(), settings);
  }

  /** With these and those that have tools; the test is skipped where they cannot be had. */
  public static ViscoUnderTest withTools(Map<String, String> settings) {
    TestImages.cliTools();
    TestImages.browserTools("netsurf");
    return withAllImages(newFolder(), settings);
  }

  /** The same with its data in this folder, which is to be made. */
  public static ViscoUnderTest withImages(Path data, Map<String, String> settings) {
    ViscoUnderTest visco = withAllImages(data, settings);
    for (String name : List.of("cli-tools", "browser-tools")) {
      DurableFiles.deleteTree(visco.data.resolve("images/names").resolve(name));
    }
    return visco;
  }

  private static ViscoUnderTest withAllImages(Path data, Map<String, String> settings) {
    var visco = new ViscoUnderTest(data, settings);
    TestImages.cli();
    TestImages.browser();
    visco.takeImages();
    return visco;
  }

  /** The files of an image are never written again, so that a hard link is as good as a copy. */
  private void takeImages() {
    host.check(
        Command.of("cp", "-al", TestImages.folder() + "/.", data.resolve("images").toString()));
  }

  /** With the cli image and the browser image, both with the kernel lean. */
  public static ViscoUnderTest withLean(Map<String, String> settings) {
    TestImages.lean();
    var visco = new ViscoUnderTest(newFolder(), settings);
    visco.host.check(
        Command.of(
            "cp", "-al", TestImages.leanFolder() + "/.", visco.data.resolve("images").toString()));
    return visco;
  }

  /** With an empty data folder. */
  public static ViscoUnderTest empty(Map<String, String> settings) {
    return new ViscoUnderTest(newFolder(), settings);
  }

  private static Path newFolder() {
    try {
      return Files.createTempDirectory("visco-under-test");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * From now on the program is started by these words instead of by this JVM's Java: a launcher, or
   * a host made odd before.
   */
  public void startBy(List<String> words) {
    program = List.copyOf(words);
  }

  /** How the program is started as long as {@link #startBy} says nothing else. */
  public List<String> program() {
    return program;
  }

  /** Its data folder. */
  public Path data() {
    return data;
  }

  /** Runs the command line to its end; its exit code, output and error are what a script sees. */
  public CommandResult run(String... arguments) {
    return run(new byte[0], arguments);
  }

  public CommandResult run(byte[] input, String... arguments) {
    var command = new ArrayList<>(program);
    command.addAll(List.of(arguments));
    Command plain = Command.of(command).withEnvironment(environment).within(DEADLINE);
    return host.run(
        new Command(
            plain.arguments(),
            input,
            plain.environment(),
            plain.directory(),
            plain.deadline(),
            plain.lines()));
  }

  /** Starts a command that goes on, with both of its outputs in this file. */
  public Process start(Path output, String... arguments) {
    var command = new ArrayList<>(program);
    command.addAll(List.of(arguments));
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a command that must succeed and gives its output. */
  public String ok(String... arguments) {
    CommandResult result = run(arguments);
    assertThat(result.exitCode())
        .as("visco %s: %s%s", String.join(" ", arguments), result.output(), result.error())
        .isZero();
    return result.output();
  }

  /** Runs a command with {@code --json} that must succeed and reads its one document. */
  public JsonNode json(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.add("--json");
    return Json.read(ok(all.toArray(String[]::new)), JsonNode.class);
  }

  /** Sends a JSON body to the API with the admin token, and reads the JSON answer of any status. */
  public JsonNode post(String path, String body) {
    return send("POST", path, HttpRequest.BodyPublishers.ofString(body));
  }

  /** Sends a request without a body. */
  public JsonNode request(String method, String path) {
    return send(method, path, HttpRequest.BodyPublishers.noBody());
  }

  /** What a GET of the API with the admin token answers, as text. */
  public String text(String path) {
    return answer("GET", path, HttpRequest.BodyPublishers.noBody());
  }

  /** What a POST with the admin token answers, as text: events, to their end. */
  public String postText(String path, String body) {
    return answer("POST", path, HttpRequest.BodyPublishers.ofString(body));
  }

  private JsonNode send(String method, String path, HttpRequest.BodyPublisher body) {
    return Json.read(answer(method, path, body), JsonNode.class);
  }

  private String answer(String method, String path, HttpRequest.BodyPublisher body) {
    try (HttpClient client = HttpClient.newHttpClient()) {
      String port = Files.readString(data.resolve("port")).strip();
      String token = Files.readString(data.resolve("admin-token")).strip();
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                  .header("Authorization", "Bearer " + token)
                  .header("Content-Type", "application/json")
                  .method(method, body)
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      return answer.body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Waits until the VM is ready, and gives it. */
  public JsonNode awaitReady(String id) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(3))
        .until(() -> !request("GET", "/api/vms/" + id).path("state").asString().equals("creating"));
    JsonNode vm = request("GET", "/api/vms/" + id);
    assertThat(vm.path("state").asString()).as(vm.toString()).isEqualTo("ready");
    return vm;
  }

  /** The step that the VM's row stands at, read from the store. */
  public String stepOf(String id) {
    return fromStore("SELECT step FROM vms WHERE id = '" + id + "'").orElse("");
  }

  /** The daemon's pid as its lock file tells. */
  public long daemonPid() {
    try {
      return Long.parseLong(Files.readString(data.resolve("lock")).split("\\s", 2)[0]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@code kill -9} of the daemon, and waits until it is gone. */
  public void killDaemon() {
    ProcessHandle daemon = ProcessHandle.of(daemonPid()).orElseThrow();
    daemon.destroyForcibly();
    Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> !daemon.isAlive());
  }

  /** Those of the installation, of version 2 and of each controller of version 1. */
  private static List<String> controlGroups(String mark) {
    Path all = Path.of("/sys/fs/cgroup");
    if (!Files.isDirectory(all)) {
      return List.of();
    }
    try (var controllers = Files.list(all)) {
      return Stream.concat(Stream.of(all), controllers)
          .map(controller -> controller.resolve("visco-" + mark))
          .filter(Files::exists)
          .map(Path::toString)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every file of the data folder that nobody opens, and every folder that nobody lists. */
  public List<String> openToOthers() {
    String all = host.check(Command.of("find", data.toString())).output();
    assertThat(all.lines().count()).isGreaterThan(20);
    String tried =
        "chomp; if (-l $_) { next } if (-d $_) { print \"lists $_\\n\" if opendir(my $d, $_) }"
            + " elsif (sysopen(my $f, $_, O_RDONLY|O_NONBLOCK)) { print \"opens $_\\n\" }";
    return host.check(
            Command.of(
                    "setpriv",
                    "--reuid=65534",
                    "--regid=65534",
                    "--clear-groups",
                    "--",
                    "perl",
                    "-MFcntl",
                    "-ne",
                    tried)
                .withInput(all))
        .output()
        .lines()
        .toList();
  }

  /** Lets all read everything but what belongs to a VMM, as an earlier version did for the most. */
  public void openAll() {
    host.check(
        Command.of(
            "find",
            data.toString(),
            "-path",
            "*/run",
            "-prune",
            "-o",
            "!",
            "-type",
            "l",
            "-exec",
            "chmod",
            "o+rX",
            "{}",
            "+"));
  }

  /** Everything in the kernel and among the processes that carries this installation's mark. */
  public List<String> leftovers() {
    var found = new ArrayList<String>();
    Optional<String> installation = installation();
    if (installation.isEmpty()) {
      return found;
    }
    String mark = installation.get();
    for (Command command :
        List.of(
            Command.of("ip", "netns", "list"),
            Command.of("ip", "-brief", "link"),
            Command.of("ip", "route", "show", "table", "all"),
            Command.of("nft", "list", "tables"))) {
      host.check(command)
          .output()
          .lines()
          .filter(line ->
              line.contains("visco-" + mark)
                  || line.contains("visco_" + mark)
                  || line.startsWith("v" + mark + "h")
                  || line.startsWith("unreachable " + pool() + " "))
          .forEach(found::add);
    }
    host.processes().stream()
        .filter(process ->
            process.arguments().stream()
                .anyMatch(word -> word.contains("visco-" + mark) || word.contains(data.toString())))
        .forEach(process -> found.add(process.toString()));
    found.addAll(controlGroups(mark));
    try {
      Files.readString(Path.of("/proc/self/mounts"))
          .lines()
          .filter(line -> line.contains(data.toString()))
          .forEach(found::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  /**
   * What stands in the name of everything that is this installation's; empty before its store is.
   */
  public Optional<String> installation() {
    if (mark == null && Files.exists(data.resolve("visco.db"))) {
      mark = fromStore("SELECT value FROM facts WHERE name = 'installation'").orElse(null);
    }
    return Optional.ofNullable(mark);
  }

  private Optional<String> fromStore(String query) {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("visco.db"));
        var statement = connection.createStatement();
        var row = statement.executeQuery(query)) {
      return row.next() ? Optional.ofNullable(row.getString(1)) : Optional.empty();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private String pool() {
    return environment.getOrDefault("VISCO_POOL", "192.168.100.0/24");
  }

  /** Runs {@code up --no-vm}. */
  public ViscoUnderTest up() {
    ok("up", "--no-vm");
    assertThat(installation()).isPresent();
    return this;
  }

  /** Creates a VM that must become ready and gives its id. */
  public String create(String... arguments) {
    var all = new ArrayList<>(List.of("create"));
    all.addAll(List.of(arguments));
    String id = ok(all.toArray(String[]::new)).strip();
    assertThat(id).startsWith("vm-");
    return id;
  }

  @Override
  public void close() {
    installation();
    if (Files.exists(data)) {
      CommandResult down = run("down", "--purge", "--yes");
      assertThat(down.exitCode()).as(down.output() + down.error()).isZero();
    }
    assertThat(leftovers()).isEmpty();
    assertThat(Objects.requireNonNull(data)).doesNotExist();
  }
}
