package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.LoopbackSshd;
import dev.visco.session.VmKeys;
import dev.visco.wire.ExecEvent;
import dev.visco.wire.Json;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Detached commands through a real API and a real sshd: this host stands for the guest. */
@Timeout(120)
class ExecsCommandsIT {
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
    api = ApiUnderTest.start(folder.resolve("data"));
    api.guestsAre(sshd::session);
    vm = api.create();
    api.vms.settle(new VmId(vm), VmState.READY, null);
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    for (JsonNode one : api.get(path("")).json()) {
      if (one.path("state").asString().equals("running")) {
        api.send(
            "POST", path("/" + one.path("exec").asString() + "/signal"), "{\"signal\":\"KILL\"}");
      }
    }
    Awaitility.await().atMost(LONG).until(() -> sshd.serving() == 0);
    api.close();
    sshd.close();
  }

  private String path(String rest) {
    return "/api/vms/" + vm + "/execs" + rest;
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

  private String started(String... command) {
    Said said =
        run(
            java.util.stream.Stream.concat(
                    java.util.stream.Stream.of("exec", "-d", "-e", "GREETING=hello", vm),
                    java.util.stream.Stream.of(command))
                .toArray(String[]::new));
    assertThat(said.err()).isEmpty();
    assertThat(said.out()).matches("ex-[0-9a-f]{16}\n");
    return said.out().strip();
  }

  @Test
  void itIsListedFollowedWaitedForAndRemoved() {
    String id = started("sh", "-c", "echo $GREETING; echo wrong >&2; exit 7");
    assertThat(run("execs", "wait", vm, id).code()).isEqualTo(7);
    assertThat(run("execs", "attach", vm, id)).isEqualTo(new Said(7, "hello\n", "wrong\n"));
    assertThat(run("execs", "logs", vm, id.substring(3, 18)))
        .isEqualTo(new Said(0, "hello\n", "wrong\n"));
    assertThat(run("execs", "ls", vm).out())
        .startsWith("EXEC ")
        .contains(id + "  exited  7     ")
        .contains("sh -c echo $GREETING; ec");
    assertThat(run("execs", "ls", "-q", vm).out()).isEqualTo(id + "\n");
    Said late = run("execs", "kill", vm, id);
    assertThat(late.code()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(late.err()).contains("has ended");
    assertThat(run("execs", "rm", vm, id).out()).isEqualTo(id + "\n");
    assertThat(run("execs", "logs", vm, id).code()).isEqualTo(CommandExitCode.NOT_FOUND);
    assertThat(run("execs", "wait", vm, "12").code()).isEqualTo(CommandExitCode.NOT_RUN);
  }

  @Test
  void oneThatRunsIsFollowedFromAnOffsetAndEnded() throws Exception {
    String id = started("sh", "-c", "echo begun; trap 'echo told; exit 5' TERM; sleep 600 & wait");
    assertThat(run("execs", "rm", vm, id).err()).contains("runs");
    String body =
        Json.line(java.util.Map.of("command", List.of("true"), "detach", true, "timeout", "1m"));
    assertThat(api.send("POST", "/api/vms/" + vm + "/exec", body).status()).isEqualTo(201);
    assertThat(api.get(path("/" + id + "?wait=exited&timeout=100ms")).field("state"))
        .isEqualTo("running");
    try (var lines =
        new BufferedReader(
            new InputStreamReader(
                api.stream(path("/" + id + "/output?follow=true&stdout=2")),
                StandardCharsets.UTF_8))) {
      ExecEvent first = Json.read(Objects.requireNonNull(lines.readLine()), ExecEvent.class);
      assertThat(first.data()).asString(StandardCharsets.UTF_8).isEqualTo("gun\n");
      assertThat(first.offset()).isEqualTo(6);
      assertThat(run("execs", "kill", "-s", "TERM", vm, id).code()).isZero();
      ExecEvent told = Json.read(Objects.requireNonNull(lines.readLine()), ExecEvent.class);
      assertThat(told.data()).asString(StandardCharsets.UTF_8).isEqualTo("told\n");
      assertThat(lines.readLine()).isEqualTo("{\"type\":\"exit\",\"exitCode\":5}");
      assertThat(lines.readLine()).isNull();
    }
  }

  @Test
  void aClientThatLeavesTheOutputLeavesTheCommand() throws Exception {
    String id = started("sh", "-c", "echo begun; sleep 600");
    try (var answer = api.stream(path("/" + id + "/output?follow=true"))) {
      assertThat(answer.readNBytes(10)).hasSize(10);
    }
    Awaitility.await().atMost(LONG).until(() -> sshd.serving() == 0);
    assertThat(api.get(path("/" + id)).field("state")).isEqualTo("running");
  }

  @Test
  void outputThatIsNoTextIsWholeInTheAnswer() {
    JsonNode said =
        Json.read(run("exec", "--json", vm, "printf", "a\\377b\\0\\n").out(), JsonNode.class);
    assertThat(said.path("stdout").asString()).isEqualTo("a\ufffdb\0\n");
    assertThat(said.path("stdoutBase64").asString()).isEqualTo("Yf9iAAo=");
    assertThat(said.has("stderrBase64")).as("what is UTF-8 is whole as text").isFalse();
    JsonNode text =
        Json.read(run("exec", "--json", vm, "printf", "Gr\\303\\274n").out(), JsonNode.class);
    assertThat(text.path("stdout").asString()).isEqualTo("Grün");
    assertThat(text.has("stdoutBase64")).isFalse();
    String cut = "head -c 5001 /dev/zero | tr '\\0' x; printf '\\303' >&2; exit 2";
    JsonNode wrong = Json.read(run("exec", "--json", vm, "sh", "-c", cut).out(), JsonNode.class);
    assertThat(wrong.has("stdoutBase64")).isFalse();
    assertThat(wrong.path("stderrBase64").asString()).isEqualTo("ww==");
    assertThat(wrong.path("exitCode").asInt()).isEqualTo(2);
  }

  @Test
  void whatCannotBeIsRefused() throws Exception {
    for (String given : List.of("-t", "-i")) {
      assertThat(run("exec", "-d", given, vm, "true").code()).isEqualTo(CommandExitCode.NOT_RUN);
    }
    assertThat(run("execs").code()).isEqualTo(CommandExitCode.USAGE);
    assertThat(api.send("POST", path(""), "{\"command\":[]}").field("field")).isEqualTo("command");
    assertThat(api.send("POST", path(""), "{\"command\":[\"x\"],\"detach\":false}").field("field"))
        .isEqualTo("detach");
    String none = "/ex-0000000000000000";
    assertThat(api.get(path(none)).status()).isEqualTo(404);
    assertThat(api.get(path(none + "/output")).status()).isEqualTo(404);
    assertThat(api.send("POST", path(none + "/signal"), "{}").status()).isEqualTo(404);
    assertThat(api.send("POST", path(none + "/signal"), "{\"signal\":\"X\"}").status())
        .isEqualTo(400);
    assertThat(api.send("DELETE", path(none), "").status()).isEqualTo(404);
    assertThat(api.get(path("/other")).field("field")).isEqualTo("exec");
    assertThat(api.get(path(none + "?wait=ready")).field("field")).isEqualTo("wait");
  }
}
