package dev.visco.compatible;

import dev.visco.compatible.Recordings.Recording;
import dev.visco.compatible.Recordings.Scenario;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Plays one recorded scenario against a fresh process and says which of its steps disagree. */
final class Replay implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** For a step that is known to disagree: what will not come need not be waited for long. */
  private static final Duration LITTLE_PATIENCE = Duration.ofMillis(300);

  private static final Pattern TIME = Pattern.compile("(?m)^\\S+ (\\[[^\\]]*])");

  private final Recording recording;
  private final Scenario scenario;
  private final Path folder;
  private final Function<List<String>, PlayedProcess> start;
  private @Nullable PlayedProcess process;
  private final Set<Integer> listed;
  private Duration patience = PATIENCE;
  private String typed = "";

  /**
   * @param folder empty, and short enough for a socket's path
   * @param kernel the bytes of the guest
   * @param listed the steps that are known to disagree
   */
  Replay(
      Recording recording,
      Scenario scenario,
      Path folder,
      byte[] kernel,
      Set<Integer> listed,
      Function<List<String>, PlayedProcess> start)
      throws IOException {
    this.recording = recording;
    this.scenario = scenario;
    this.folder = folder;
    this.listed = listed;
    this.start = start;
    Files.write(folder.resolve("vmlinux"), kernel);
    Files.writeString(folder.resolve("notelf"), "this is no kernel\n");
    for (String disk : List.of("disk.img", "disk2.img")) {
      try (var file = new RandomAccessFile(folder.resolve(disk).toFile(), "rw")) {
        file.setLength(16 << 20);
      }
    }
    for (var file : scenario.json().path("files").properties()) {
      JsonNode content = file.getValue();
      Files.writeString(
          folder.resolve(file.getKey()),
          Recordings.filled(
              content.isString() ? content.asString() : Recordings.spaced(content), folder));
    }
    if (scenario.name().equals("cli-stale-socket")) {
      ServerSocketChannel.open(StandardProtocolFamily.UNIX)
          .bind(UnixDomainSocketAddress.of(socket()))
          .close();
    }
  }

  private Path socket() {
    return folder.resolve("api.sock");
  }

  private PlayedProcess played() {
    return java.util.Objects.requireNonNull(process);
  }

  /** The steps that disagree, by their number from 1, with what was seen. */
  Map<Integer, String> run() throws IOException {
    launch(scenario.json().path("args"));
    var disagreeing = new TreeMap<Integer, String>();
    List<JsonNode> steps = scenario.steps();
    for (int i = 0; i < steps.size(); i++) {
      int number = i + 1;
      patience = listed.contains(number) ? LITTLE_PATIENCE : PATIENCE;
      step(Recordings.filled(steps.get(i), folder), steps.get(i))
          .ifPresent(why -> disagreeing.put(number, why));
    }
    return disagreeing;
  }

  private void launch(JsonNode args) {
    var arguments = new ArrayList<>(List.of("--compatible-release", recording.release()));
    Recordings.list(args)
        .forEach(each -> arguments.add(Recordings.filled(each.asString(), folder)));
    if (recording.pci()) {
      arguments.add("--enable-pci");
    }
    process = start.apply(arguments);
    boolean silent = arguments.contains("--no-api");
    if (!silent && !scenario.steps().getFirst().has("exit")) {
      until(() -> connects() || played().awaitExit(Duration.ZERO).isPresent());
    }
  }

  private boolean connects() {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(socket()));
    } catch (IOException e) {
      return false;
    }
  }

  private boolean until(BooleanSupplier condition) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (System.nanoTime() < deadline) {
      if (condition.getAsBoolean()) {
        return true;
      }
      LockSupport.parkNanos(500_000);
    }
    return condition.getAsBoolean();
  }

  private Optional<String> step(JsonNode step, JsonNode unfilled) throws IOException {
    if (step.has("do")) {
      return request(step);
    } else if (step.has("raw")) {
      return raw(step);
    } else if (step.has("exit")) {
      return exit(step.path("exit"));
    } else if (step.has("console-input")) {
      typed = step.path("console-input").asString();
      played().type(typed);
      return Optional.empty();
    } else if (step.has("console")) {
      return console(step.path("console"));
    } else if (step.has("pci")) {
      return pci(step.path("pci"));
    } else if (step.has("file")) {
      return file(step);
    } else if (step.has("signal")) {
      played().signal(step.path("signal").asString());
      return Optional.empty();
    } else if (step.has("restart")) {
      played().close();
      Files.deleteIfExists(socket());
      launch(step.path("restart"));
      return connects() ? Optional.empty() : Optional.of("did not come up");
    }
    throw new IllegalStateException("unknown step " + unfilled);
  }

  private Optional<String> request(JsonNode step) throws IOException {
    String line = step.path("do").asString() + " HTTP/1.1\r\n";
    JsonNode body = step.path("body");
    String text =
        body.isMissingNode() ? "" : body.isString() ? body.asString() : Recordings.spaced(body);
    String request =
        line
            + "Host: localhost\r\nAccept: */*\r\n"
            + (body.isMissingNode()
                ? ""
                : "Content-Type: application/json\r\nContent-Length: "
                    + text.getBytes(StandardCharsets.UTF_8).length
                    + "\r\n")
            + "\r\n"
            + text;
    JsonNode answer = step.path("answer");
    String given;
    try {
      given = exchange(request, StandardCharsets.UTF_8, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return answer.has("connect")
          ? Optional.empty()
          : Optional.of("no connection: " + e.getMessage());
    }
    if (!step.has("status")) {
      boolean closed = answer.has("closed") && given.isEmpty();
      return closed ? Optional.empty() : Optional.of("answered " + given);
    }
    int status = given.isEmpty() ? 0 : Integer.parseInt(given.substring(9, 12));
    String content = given.substring(given.indexOf("\r\n\r\n") + 4);
    if (status != step.path("status").asInt()) {
      return Optional.of("recorded " + step.path("status") + " but was " + status + " " + content);
    }
    if (step.has("answer_text")) {
      return Agreement.errorText(step.path("answer_text").asString(), content);
    }
    if (answer.isMissingNode()) {
      return content.isEmpty() ? Optional.empty() : Optional.of("has a body: " + content);
    }
    return Agreement.answer(answer, content);
  }

  private Optional<String> raw(JsonNode step) throws IOException {
    String answer =
        exchange(step.path("raw").asString(), StandardCharsets.ISO_8859_1, StandardCharsets.UTF_8);
    return Agreement.raw(step.path("answer_raw").asString(), answer);
  }

  /**
   * On a new connection, whose end is told behind the request so that the answer has an end too.
   */
  private String exchange(String request, Charset sent, Charset received) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket()));
      ByteBuffer bytes = ByteBuffer.wrap(request.getBytes(sent));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.shutdownOutput();
      var answer = new ByteArrayOutputStream();
      ByteBuffer read = ByteBuffer.allocate(8192);
      while (channel.read(read.clear()) >= 0) {
        answer.write(read.array(), 0, read.position());
      }
      return answer.toString(received);
    }
  }

  private Optional<String> exit(JsonNode expected) throws IOException {
    if (expected.isInt()) {
      OptionalInt code = played().awaitExit(patience);
      return code.isPresent() && code.getAsInt() == expected.asInt()
          ? Optional.empty()
          : Optional.of("recorded exit " + expected + " but was " + code);
    }
    // It says so itself, by answering; nothing has to be waited for.
    until(() -> connects() || played().awaitExit(Duration.ZERO).isPresent());
    if (!connects()) {
      return Optional.of("ended with " + played().awaitExit(Duration.ZERO));
    }
    String answer =
        exchange("GET /version HTTP/1.1\r\n\r\n", StandardCharsets.UTF_8, StandardCharsets.UTF_8);
    return answer.startsWith("HTTP/1.1 200 ")
        ? Optional.empty()
        : Optional.of("does not answer: " + answer);
  }

  private Optional<String> console(JsonNode expected) {
    List<String> lines = Recordings.list(expected).stream().map(JsonNode::asString).toList();
    if (lines.isEmpty()) {
      boolean said =
          typed.isEmpty()
              ? played().output().contains("probe guest")
              : played().output().lines().anyMatch(line -> line.equals(typed.strip()));
      return said ? Optional.of("printed " + played().output()) : Optional.empty();
    }
    boolean there =
        until(() -> played().output().lines().map(String::strip).toList().containsAll(lines));
    return there
        ? Optional.empty()
        : Optional.of("recorded " + lines + " but was " + played().output());
  }

  private Optional<String> pci(JsonNode expected) {
    List<String> lines = Recordings.list(expected).stream().map(JsonNode::asString).toList();
    BooleanSupplier agree = () -> pciLines().equals(lines);
    return until(agree)
        ? Optional.empty()
        : Optional.of("recorded " + lines + " but was " + pciLines());
  }

  private List<String> pciLines() {
    return played()
        .output()
        .lines()
        .map(String::strip)
        .filter(line -> line.matches("[0-9a-f]{2}:[0-9a-f]{2}\\.\\d [0-9a-f]{4}:[0-9a-f]{4}"))
        .toList();
  }

  private Optional<String> file(JsonNode step) throws IOException {
    Path file = folder.resolve(step.path("file").asString());
    boolean exists = step.path("exists").asBoolean();
    if (Files.exists(file) != exists) {
      return Optional.of(file + (exists ? " is missing" : " is there"));
    }
    if (step.has("mode")) {
      String mode = "0o%o".formatted((Integer) Files.getAttribute(file, "unix:mode"));
      if (!mode.equals(step.path("mode").asString())) {
        return Optional.of("has mode " + mode);
      }
    }
    if (step.has("text")) {
      return text(step.path("text").asString(), file);
    }
    return step.has("keys") ? keys(step.path("keys"), file) : Optional.empty();
  }

  private Optional<String> text(String recorded, Path file) throws IOException {
    if (recorded.contains("${time}")) {
      List<String> there = prefixes(recorded);
      List<String> here = prefixes(Files.readString(file));
      return there.equals(here)
          ? Optional.empty()
          : Optional.of("recorded " + there + " but was " + here);
    }
    boolean same = until(() -> contains(file, recorded));
    return same ? Optional.empty() : Optional.of("holds " + Files.readString(file));
  }

  private static boolean contains(Path file, String text) {
    try {
      return Files.readString(file).replace("\r\n", "\n").equals(text);
    } catch (IOException e) {
      return false;
    }
  }

  /** What stands in front of a log line's words. */
  private static List<String> prefixes(String log) {
    return TIME.matcher(log).results().map(match -> match.group(1)).toList();
  }

  private static Optional<String> keys(JsonNode recorded, Path file) throws IOException {
    List<String> lines = Files.readString(file).lines().toList();
    if (lines.isEmpty()) {
      return Optional.of("is empty");
    }
    JsonNode line = Recordings.parse(lines.getLast());
    var there = new ArrayList<String>();
    recorded.properties().forEach(each -> there.add(each.getKey() + " " + fields(each.getValue())));
    var here = new ArrayList<String>();
    line.properties().forEach(each -> here.add(each.getKey() + " " + fields(each.getValue())));
    return there.equals(here)
        ? Optional.empty()
        : Optional.of("recorded " + there + " but was " + here);
  }

  private static String fields(JsonNode group) {
    return group.isArray()
        ? Recordings.list(group).stream().map(JsonNode::asString).sorted().toList().toString()
        : group.isObject() ? group.propertyNames().stream().sorted().toList().toString() : "int";
  }

  @Override
  public void close() {
    if (process != null) {
      process.close();
    }
  }
}
