package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A command in a VM that is made for it, whose guest is a fake. */
@Timeout(120)
class RunCommandTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  @TempDir private Path folder;
  private ApiUnderTest api;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private final InputStream input = System.in;

  @BeforeEach
  void start() {
    // The command would take what the test's runner says to this process.
    System.setIn(InputStream.nullInputStream());
    api = ApiUnderTest.start(folder.resolve("data"));
  }

  @AfterEach
  void noSessionIsLeft() {
    System.setIn(input);
    Awaitility.await().atMost(LONG).until(() -> api.vms.guest.open.get() == 0);
    api.close();
  }

  private CompletableFuture<Integer> run(String... words) {
    var address = new ApiAddress("127.0.0.1", api.port(), ApiUnderTest.TOKEN);
    var all = new ArrayList<>(List.of("run"));
    all.addAll(List.of(words));
    return CompletableFuture.supplyAsync(() ->
        Visco.commandLine(
                flags -> address,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                List.of())
            .execute(all.toArray(String[]::new)));
  }

  private Vm vm() {
    return Awaitility.await()
        .atMost(LONG)
        .until(() -> api.vms.list(true), all -> !all.isEmpty())
        .getFirst();
  }

  private void becomes(VmState state, VmState next) {
    VmId id = vm().id();
    Awaitility.await().atMost(LONG).until(() -> api.vms.vm(id).state() == state);
    api.vms.settle(id, next, next == VmState.FAILED ? "it did not boot" : null);
  }

  private static int code(CompletableFuture<Integer> run) throws Exception {
    return run.get(LONG.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void theExitCodeIsTheCommandsAndTheVmGoes() throws Exception {
    var run = run("--rm", "--owner", "u", "--name", "box", "cli", "fail", "--rm");
    becomes(VmState.CREATING, VmState.READY);
    becomes(VmState.DESTROYING, VmState.DESTROYED);
    assertThat(code(run)).as(err.toString(StandardCharsets.UTF_8)).isEqualTo(3);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("it failed\n");
    assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
    assertThat(api.vms.list(true)).as("no more than one was created").hasSize(1);
    assertThat(vm().metadata().name()).hasToString("box");
  }

  @Test
  void withoutRmTheVmStays() throws Exception {
    var run = run("--owner", "u", "cli", "fail");
    becomes(VmState.CREATING, VmState.READY);
    assertThat(code(run)).isEqualTo(3);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains(vm().id() + " stays");
    assertThat(vm().state()).isEqualTo(VmState.READY);
  }

  @Test
  void aVmThatFailsGoesToo() throws Exception {
    var run = run("--rm", "--owner", "u", "cli", "fail");
    becomes(VmState.CREATING, VmState.FAILED);
    becomes(VmState.DESTROYING, VmState.DESTROYED);
    assertThat(code(run)).isEqualTo(CommandExitCode.NOT_RUN);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("it did not boot");
  }

  @Test
  void withoutACommandOrATerminalItIsWrongUsage() throws Exception {
    assertThat(code(run("--rm", "cli"))).isEqualTo(CommandExitCode.NOT_RUN);
    assertThat(code(run("--rm", "cli", "--"))).isEqualTo(CommandExitCode.NOT_RUN);
    assertThat(code(run())).isEqualTo(CommandExitCode.NOT_RUN);
    assertThat(api.vms.list(true)).isEmpty();
  }

  /** As Ctrl-C and a closed terminal do, a signal ends the program. */
  @Test
  void whoeverEndsItEndsTheVm() throws Exception {
    var builder =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.visco.app.Main",
                "run",
                "--rm",
                "--owner",
                "u",
                "cli",
                "sleep")
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("said").toFile());
    builder.environment().put("VISCO_TOKEN", ApiUnderTest.TOKEN);
    builder.environment().put("VISCO_LISTEN", "127.0.0.1:" + api.port());
    builder.environment().put("VISCO_DATA", folder.resolve("data").toString());
    builder.environment().put("VISCO_CONFIG", folder.resolve("none").toString());
    Process program = builder.start();
    try {
      becomes(VmState.CREATING, VmState.READY);
      Awaitility.await().atMost(LONG).until(() -> api.vms.guest.open.get() == 1);
      program.destroy();
      becomes(VmState.DESTROYING, VmState.DESTROYED);
      assertThat(program.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } finally {
      program.destroyForcibly();
    }
  }
}
