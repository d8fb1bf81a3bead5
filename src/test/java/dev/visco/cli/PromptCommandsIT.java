package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest;
import dev.visco.delivery.ToolCredentials;
import dev.visco.delivery.ToolEnvironment;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.provider.Provider;
import dev.visco.provider.Providers;
import dev.visco.session.LoopbackSshd;
import dev.visco.session.VmKeys;
import dev.visco.wire.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Prompts through a real API and a real sshd: this host stands for the guest, and programs of the
 * test, which print what real tools do, for the tools.
 */
@Timeout(120)
class PromptCommandsIT {
  private static final String KEY = "sk-marker";

  private static final Duration LONG = Duration.ofSeconds(60);
  @TempDir private Path folder;
  private LoopbackSshd sshd;
  private ApiUnderTest api;
  private String vm = "";

  @BeforeEach
  void start() throws Exception {
    var keys = new VmKeys(Files.createDirectory(folder.resolve("keys")));
    keys.create();
    sshd = new LoopbackSshd(folder.resolve("keys"), keys);
    api = ApiUnderTest.start(folder.resolve("data"), providers(), new KeyTools());
    api.guestsAre(sshd::session);
    vm = api.create();
    api.vms.settle(new VmId(vm), VmState.READY, null);
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    for (JsonNode one : api.get("/api/prompts?user=u").json()) {
      if (one.path("state").asString().equals("running")) {
        api.send("POST", "/api/prompts/" + one.path("prompt").asString() + "/cancel", "");
      }
    }
    Awaitility.await().atMost(LONG).until(() -> sshd.serving() == 0);
    api.close();
    sshd.close();
  }

  /**
   * A tool that echoes, one that waits for a file, one that wants a sign-in, and one for logins.
   */
  private Map<String, Provider> providers() throws IOException {
    Path tomls = Files.createDirectory(folder.resolve("providers"));
    tool(
        tomls,
        "echo",
        "codex",
        "echo '{\"type\":\"thread.started\",\"thread_id\":\"th-1\"}'\n"
            + "echo warned >&2\n"
            + "echo '{\"type\":\"item.started\",\"item\":{\"id\":\"c\",\"type\":\"command_execution\",\"command\":\"ls\"}}'\n"
            + "printf '{\"type\":\"item.completed\",\"item\":{\"id\":\"m\",\"type\":\"agent_message\",\"text\":\"%s in %s for %s with %s\"}}\\n' \"$1\" \"$PWD\" \"$TOOL\" \"$2\"\n"
            + "echo '{\"type\":\"turn.completed\",\"usage\":{\"input_tokens\":3,\"output_tokens\":2}}'\n");
    tool(
        tomls,
        "wait",
        "text",
        "echo begun\nwhile [ ! -e '"
            + folder.resolve("go")
            + "' ]; do sleep 0.1; done\necho over\n");
    tool(
        tomls,
        "keyed",
        "text",
        "case $KEY in "
            + KEY
            + ") echo \"has it $KEY_PLACE, with ${#KEY} bytes, of $(cat)\" ;; *) echo \"not $KEY\" ;; esac\n"
            + "while [ -e '"
            + folder.resolve("stay")
            + "' ]; do sleep 0.1; done\n");
    tool(tomls, "refused", "text", "echo 'authentication failed' >&2\nexit 1\n");
    Files.writeString(tomls.resolve("silent.toml"), toml("silent", "true", ""));
    return Providers.read(List.of(tomls));
  }

  private void tool(Path tomls, String name, String stream, String script) throws IOException {
    Path program = folder.resolve(name + " tool");
    Files.writeString(program, "#!/bin/sh\n" + script);
    program.toFile().setExecutable(true);
    Files.writeString(
        tomls.resolve(name + ".toml"),
        toml(
            name,
            name,
            "[prompt]\ncommand = [\"%s\", \"{prompt}\"]\nstream = \"%s\"\nsign-in-exits = [1]\n"
                    .formatted(program, stream)
                + "sign-in-text = \"authentication\"\n"));
  }

  private static String toml(String name, String tool, String rest) {
    return """
    title = "%s"
    tool = "%s"
    environment = { TOOL = "tests" }
    [[login]]
    channel = "plain"
    command = ["%s"]
    link = ["text"]
    device = {}
    [credential]
    variables = ["KEY"]
    """
            .formatted(name, tool, tool)
        + rest;
  }

  /** Gives the tool key-tool a key. */
  private static final class KeyTools implements ToolCredentials {
    @Override
    public ToolEnvironment of(VmId vm, String provider) {
      return provider.equals("keyed")
          ? new ToolEnvironment(
              new TreeMap<>(Map.of("KEY_PLACE", "here")),
              new TreeMap<>(Map.of("KEY", KEY.getBytes(StandardCharsets.UTF_8))))
          : ToolEnvironment.NONE;
    }

    @Override
    public ToolEnvironment ofCommand(VmId vm, List<String> command) {
      return of(vm, command.getFirst().endsWith("keyed tool") ? "keyed" : "none");
    }
  }

  private record Said(int code, String out, String err) {}

  private Said run(String... words) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var address = new ApiAddress("127.0.0.1", api.port(), ApiUnderTest.TOKEN);
    int code =
        Visco.commandLine(
                flags -> address,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                List.of())
            .execute(words);
    return new Said(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private static List<JsonNode> lines(String said) {
    return said.lines().map(line -> Json.read(line, JsonNode.class)).toList();
  }

  @Test
  void theAnswerIsPrintedAndTheRestIsThereForWhoeverAsks() {
    Said said =
        run(
            "prompt", "echo", "--user", "u", "-w", "/usr", "-a", "more", "-v", "--", "--help",
            "me");
    assertThat(said.code()).as(said.err()).isZero();
    assertThat(said.out())
        .as("an option of the tool's it is not")
        .isEqualTo(" --help me in /usr for tests with more\n");
    assertThat(said.err()).contains("warned").contains("uses command_execution \"ls\"");
    List<JsonNode> events = lines(run("prompt", "echo", "--user", "u", "--json", "hi").out());
    assertThat(events.stream().map(event -> event.path("type").asString()))
        .contains("metadata", "tool", "content", "log")
        .endsWith("done");
    JsonNode done = events.getLast();
    assertThat(done.path("exitCode").asInt()).isZero();
    assertThat(done.path("usage").path("inputTokens").asInt()).isEqualTo(3);
    Said quiet = run("prompt", "echo", "--user", "u", "hi");
    assertThat(quiet.out()).startsWith("hi in ");
    assertThat(quiet.err()).isEmpty();
  }

  @Test
  void aToolGetsItsKeyWithItsProcessAloneAndNothingElseHasIt() throws Exception {
    Path stay = Files.createFile(folder.resolve("stay"));
    String prompt = run("prompt", "keyed", "--user", "u", "-d", "hi").out().strip();
    String tool = folder.resolve("keyed tool").toString();
    Awaitility.await().atMost(LONG).until(() -> !events(prompt, "").isEmpty());
    assertThat(argumentsWith(KEY)).isEmpty();
    assertThat(filesWith(folder.resolve("data"), KEY)).isEmpty();
    Files.delete(stay);
    assertThat(run("prompts", "follow", prompt).out())
        .isEqualTo("has it here, with 9 bytes, of \n");
    Said own = run("prompt", "keyed", "--user", "u", "-e", "KEY=mine", "hi");
    assertThat(own.out()).as("what is set for it wins").isEqualTo("not mine\n");

    String body = "{\"command\":[\"" + tool + "\"],\"stdin\":\"typed\"}";
    JsonNode said = api.send("POST", "/api/vms/" + vm + "/exec", body).json();
    assertThat(said.path("stdout").asString()).isEqualTo("has it here, with 9 bytes, of typed\n");
    assertThat(run("exec", vm, "--", tool).out()).startsWith("has it here");
    assertThat(run("exec", vm, "--", "sh", "-c", "echo ${KEY-none}").out())
        .as("no other command")
        .isEqualTo("none\n");
    Said detached = run("exec", "-d", vm, tool);
    assertThat(detached.code()).isZero();
    assertThat(api.get("/api/vms/" + vm + "/execs").body()).doesNotContain(KEY);
  }

  private static List<Path> argumentsWith(String text) throws IOException {
    var found = new ArrayList<Path>();
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        try {
          if (Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1)
              .contains(text)) {
            found.add(process);
          }
        } catch (IOException e) {
          continue; // It has ended.
        }
      }
    }
    return found;
  }

  private static List<Path> filesWith(Path root, String text) throws IOException {
    var found = new ArrayList<Path>();
    try (var files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(text)) {
          found.add(file);
        }
      }
    }
    return found;
  }

  @Test
  void oneThatHasToBeSignedInAgainSaysSo() {
    Said said = run("prompt", "refused", "--user", "u", "hi");
    assertThat(said.code()).isEqualTo(1);
    assertThat(said.err())
        .as("what it has written besides is told when it fails")
        .contains("authentication failed")
        .contains("the tool has to be signed in again");
    List<JsonNode> events = lines(run("prompt", "refused", "--user", "u", "--json", "hi").out());
    assertThat(events.getLast().path("needsSignIn").asBoolean(false)).isTrue();
  }

  @Test
  void itOutlivesItsClientAndIsListedFollowedAndCancelled() throws Exception {
    String one = run("prompt", "wait", "--user", "u", "-d", "x").out().strip();
    assertThat(one).matches("prompt-[0-9a-f]{8}-[0-9a-f]{16}");
    String two = run("prompt", "wait", "--user", "u", "--vm", vm, "-d", "x").out().strip();
    assertThat(run("prompts", "ls", "--user", "u", "-q").out().lines()).containsExactly(two, one);
    Said third = run("prompt", "wait", "--user", "u", "x");
    assertThat(third.code()).isEqualTo(125);
    assertThat(third.err()).contains("answers 2 prompts already").contains("cancel one");
    assertThat(run("prompts", "cancel", one).code()).isZero();
    JsonNode ended = api.get("/api/prompts/" + one).json();
    assertThat(ended.path("state").asString()).isEqualTo("exited");
    assertThat(ended.path("userId").asString()).isEqualTo("u");
    assertThat(ended.path("provider").asString()).isEqualTo("wait");
    Files.createFile(folder.resolve("go"));
    Said followed = run("prompts", "follow", two);
    assertThat(followed.code()).isZero();
    assertThat(followed.out()).isEqualTo("begun\nover\n");
    List<JsonNode> events = events(two, "");
    long after = events.getFirst().path("offset").asLong();
    assertThat(events(two, "?offset=" + after).getFirst().path("text").asString())
        .isEqualTo("over\n");
    assertThat(run("execs", "ls", vm, "-q").out())
        .as("they are detached commands, too")
        .contains("ex-" + one.substring("prompt-12345678-".length()));
    assertThat(run("prompt", "wait", "--user", "u", "--timeout", "30s", "x").code()).isZero();
  }

  private List<JsonNode> events(String prompt, String query) throws Exception {
    String body =
        api.bare(
                "GET",
                "/api/prompts/" + prompt + "/events" + query,
                "",
                "Authorization",
                "Bearer " + ApiUnderTest.TOKEN,
                "Accept",
                "application/x-ndjson")
            .body();
    return lines(body);
  }

  @Test
  void aClientThatGoesAwayEndsItOnlyIfItAskedForThat() throws Exception {
    for (boolean isCancelled : new boolean[] {true, false}) {
      String body =
          "{\"userId\":\"u\",\"provider\":\"wait\",\"prompt\":\"x\",\"options\":"
              + "{\"cancelOnDisconnect\":"
              + isCancelled
              + "}}";
      try (InputStream in = api.stream("POST", "/api/prompts/execute", body)) {
        String begun = new String(in.readNBytes(3), StandardCharsets.UTF_8);
        assertThat(begun).isNotBlank();
      }
      String prompt = api.get("/api/prompts?user=u").json().path(0).path("prompt").asString();
      if (isCancelled) {
        Awaitility.await().atMost(LONG).until(() -> state(prompt).equals("exited"));
      }
    }
    Files.createFile(folder.resolve("go"));
    String last = api.get("/api/prompts?user=u").json().path(0).path("prompt").asString();
    assertThat(run("prompts", "follow", last).code()).as("it ended by itself").isZero();
  }

  private String state(String prompt) throws Exception {
    return api.get("/api/prompts/" + prompt).json().path("state").asString();
  }

  @Test
  void whatIsWrongIsRefusedWithItsName() throws Exception {
    refused("{\"provider\":\"echo\",\"prompt\":\"x\"}", "userId");
    refused("{\"userId\":\"u\",\"prompt\":\"x\"}", "provider");
    refused("{\"userId\":\"u\",\"provider\":\"nobody\",\"prompt\":\"x\"}", "visco provider ls");
    refused("{\"userId\":\"u\",\"provider\":\"silent\",\"prompt\":\"x\"}", "answers no prompts");
    refused("{\"userId\":\"u\",\"provider\":\"echo\",\"prompt\":\" \"}", "prompt");
    refused(
        "{\"userId\":\"u\",\"provider\":\"echo\",\"prompt\":\"" + "x".repeat(100_001) + "\"}",
        "100001 bytes");
    refused(
        "{\"userId\":\"u\",\"provider\":\"echo\",\"prompt\":\"x\",\"options\":{\"timeout\":\"0s\"}}",
        "options.timeout");
    refused("{\"userId\":\"u\",\"provider\":\"echo\",\"prompt\":\"x\",\"vm\":\"vm-none\"}", "VM");
    refused(
        "{\"userId\":\"nobody\",\"provider\":\"echo\",\"prompt\":\"x\"}", "no VM that is ready");
    assertThat(api.get("/api/prompts").body()).contains("?user=");
    assertThat(api.get("/api/prompts/x").status()).isEqualTo(400);
    assertThat(api.get("/api/prompts/prompt-" + "0".repeat(8) + "-" + "0".repeat(16)).status())
        .isEqualTo(404);
    String second = api.create();
    api.vms.settle(new VmId(second), VmState.READY, null);
    refused("{\"userId\":\"u\",\"provider\":\"echo\",\"prompt\":\"x\"}", "several VMs");
  }

  private void refused(String body, String words) throws Exception {
    ApiUnderTest.Answer answer = api.send("POST", "/api/prompts/execute", body);
    assertThat(answer.status()).as(answer.body()).isBetween(400, 499);
    assertThat(answer.body()).contains(words);
  }

  /** Whose VM it is decides who sees it. */
  @Test
  void anotherUsersPromptsAreNobodyElses() throws Exception {
    String made =
        api.send("POST", "/api/vms", "{\"userId\":\"other\",\"vmType\":\"cli\"}").field("vmId");
    api.vms.settle(new VmId(made), VmState.READY, null);
    String prompt = run("prompt", "wait", "--user", "other", "-d", "x").out().strip();
    String[] asUser = {"Authorization", "Bearer " + ApiUnderTest.usersToken()};
    assertThat(api.bare("GET", "/api/prompts/" + prompt, "", asUser).status()).isEqualTo(404);
    assertThat(api.bare("GET", "/api/prompts/" + prompt + "/events", "", asUser).status())
        .isEqualTo(404);
    assertThat(api.bare("POST", "/api/prompts/" + prompt + "/cancel", "", asUser).status())
        .isEqualTo(404);
    assertThat(api.bare("GET", "/api/prompts?user=other", "", asUser).status()).isEqualTo(400);
    assertThat(api.bare("GET", "/api/prompts?vm=" + made, "", asUser).status()).isEqualTo(404);
    String theirs = "{\"provider\":\"echo\",\"prompt\":\"x\",\"vm\":\"" + made + "\"}";
    assertThat(api.bare("POST", "/api/prompts/execute", theirs, asUser).status()).isEqualTo(404);
    assertThat(run("prompts", "cancel", prompt).code()).isZero();
  }
}
