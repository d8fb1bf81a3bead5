package dev.visco.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.BlockOutput;
import dev.visco.host.MemoryBudget;
import dev.visco.model.Refused;
import dev.visco.session.GuestSession.GuestOutput;
import dev.visco.session.GuestSession.GuestProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Commands and terminals over sessions with the real sshd on loopback. */
class GuestCommandsIT extends LoopbackGuest {
  // Commands

  @Test
  void passesInputOutputErrorsAndExitCode() throws Exception {
    try (GuestSession session = connect()) {
      GuestOutput output =
          ended(
              session,
              List.of("sh", "-c", "cat; echo wrong >&2; exit 7"),
              bytes("in\0put\n"),
              LONG);
      assertThat(text(output.output())).isEqualTo("in\0put\n");
      assertThat(text(output.error())).isEqualTo("wrong\n");
      assertThat(output.exitCode()).isEqualTo(7);
      // One session serves one command after another.
      assertThat(ended(session, List.of("true"), new byte[0], LONG).exitCode()).isZero();
    }
  }

  @Test
  void passesArgumentsWhole() throws Exception {
    assertThat(text(exec("printf", "%s|", "a b", "$HOME", "it's", "", "ä\n*").output()))
        .isEqualTo("a b|$HOME|it's||ä\n*|");
  }

  @Test
  void tellsASignalAs128AndItsNumber() throws Exception {
    assertThat(exec("sh", "-c", "kill -9 $$").exitCode()).isEqualTo(137);
    assertThat(exec("sh", "-c", "kill -15 $$").exitCode()).isEqualTo(143);
    // Not only the command but the shell around it: sshd itself then tells of the signal.
    assertThat(exec("sh", "-c", "kill -9 $PPID").exitCode()).isEqualTo(137);
  }

  @Test
  void aProgramThatIsNotThereIs127() throws Exception {
    GuestOutput output = exec("/no/such/program");
    assertThat(output.exitCode()).isEqualTo(127);
    assertThat(text(output.error())).contains("/no/such/program");
  }

  @Test
  void refusesWhatNoProgramCanBeGiven() throws Exception {
    try (GuestSession session = connect()) {
      assertThatThrownBy(() -> ended(session, List.of("echo", "a\0b"), new byte[0], LONG))
          .isInstanceOf(Refused.class);
      assertThatThrownBy(() -> ended(session, List.of(), new byte[0], LONG))
          .isInstanceOf(Refused.class);
    }
  }

  @Test
  void carriesTwentyMegabytesBothWays() throws Exception {
    byte[] data = new byte[20_000_000];
    new SplittableRandom(1).nextBytes(data);
    var output = new ByteArrayOutputStream();
    var error = new ByteArrayOutputStream();
    try (GuestSession session = connect();
        GuestProcess process =
            session.start(GuestCommand.of(List.of("tee", "/dev/stderr")), output, error)) {
      process.input().write(data);
      process.input().close();
      assertThat(process.waitFor()).isZero();
      assertThat(digest(output.toByteArray())).isEqualTo(digest(data));
      assertThat(digest(error.toByteArray())).isEqualTo(digest(data));
    }
  }

  private static String digest(byte[] data) throws Exception {
    return data.length
        + " "
        + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(data));
  }

  @Test
  void aCommandThatDoesNotReadItsInputStillEnds() throws Exception {
    try (GuestSession session = connect()) {
      assertThat(ended(session, List.of("true"), new byte[20_000_000], LONG).exitCode()).isZero();
    }
  }

  private interface Delay {
    void pass() throws InterruptedException;
  }

  /** Keeps what is written, each time after a delay. */
  private static OutputStream delayed(OutputStream kept, Delay delay) {
    return new BlockOutput() {
      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
          delay.pass();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
        kept.write(bytes, offset, length);
      }
    };
  }

  @Test
  void aSlowListenerHoldsTheGuestUpAndLosesNothing() throws Exception {
    var kept = new ByteArrayOutputStream();
    OutputStream slow = delayed(kept, () -> Thread.sleep(1));
    try (GuestSession session = connect();
        GuestProcess process =
            session.start(
                GuestCommand.of(List.of("head", "-c", "5000000", "/dev/zero")),
                slow,
                new ByteArrayOutputStream())) {
      assertThat(process.waitFor()).isZero();
      assertThat(kept.size()).isEqualTo(5_000_000);
    }
  }

  @Test
  void keepsNoMoreOutputThanItsBound() throws Exception {
    try (GuestSession session = connect()) {
      assertThatThrownBy(() -> ended(session, List.of("yes"), new byte[0], LONG))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("more than 1 MiB");
      assertThatThrownBy(() -> ended(session, List.of("yes"), new byte[0], LONG, 64 << 10))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("more than 64 KiB");
      assertThat(ended(session, List.of("echo", "on"), new byte[0], LONG).output())
          .isEqualTo(bytes("on\n"));
    }
  }

  @Test
  void givesUpAtTheDeadlineAndTheSessionGoesOn() throws Exception {
    Path pid = folder.resolve("pid");
    try (GuestSession session = connect()) {
      long start = System.nanoTime();
      assertThatThrownBy(() ->
              ended(
                  session,
                  List.of("sh", "-c", "echo $$ >" + pid + "; exec sleep 600"),
                  new byte[0],
                  SHORT))
          .isInstanceOf(IOException.class)
          .hasMessage("the command did not end within 700ms");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(SHORT, LONG);
      assertThat(ended(session, List.of("true"), new byte[0], LONG).exitCode()).isZero();
      ended(session, List.of("kill", Files.readString(pid).strip()), new byte[0], LONG);
    }
  }

  /** One child takes no notice of TERM, so that it is KILL which ends it. */
  @Test
  void aTimeoutEndsTheCommandAndItsChildrenInTheGuest() throws Exception {
    Path pids = folder.resolve("pids");
    String script =
        "echo begun; echo $$ >"
            + pids
            + "; (trap '' TERM; sleep 600; sleep 600) & echo $! >>"
            + pids
            + "; wait";
    try (GuestSession session = connect();
        GuestOutput output =
            session.execLimited(
                GuestCommand.of(List.of("sh", "-c", script)), new byte[0], SHORT, 1000)) {
      assertThat(output.ending()).isEqualTo(new GuestOutput.Ending(124, true));
      assertThat(text(output.output())).isEqualTo("begun\n");
      assertThat(text(output.error())).as("the shell's own word of the end").isEmpty();
    }
    for (String pid : Files.readAllLines(pids)) {
      Awaitility.await().atMost(LONG).until(() -> !Files.exists(Path.of("/proc", pid)));
    }
  }

  @Test
  void aCommandThatEndsInTimeKeepsItsExitCode() throws Exception {
    try (GuestSession session = connect();
        GuestOutput output =
            session.execLimited(
                GuestCommand.of(List.of("sh", "-c", "exit 9")), new byte[0], LONG, 1000)) {
      assertThat(output.ending()).isEqualTo(new GuestOutput.Ending(9, false));
    }
  }

  @Test
  void servesManyAtOnce() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = new ArrayList<Future<String>>();
      for (int number = 0; number < 16; number++) {
        String own = "session " + number;
        Callable<String> asking = () -> text(exec("echo", own).output());
        answers.add(threads.submit(asking));
      }
      for (int number = 0; number < 16; number++) {
        assertThat(answers.get(number).get()).isEqualTo("session " + number + "\n");
      }
    }
    try (GuestSession session = connect();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = new ArrayList<Future<GuestOutput>>();
      for (int number = 0; number < 8; number++) {
        List<String> command = List.of("sh", "-c", "sleep 0.2; exit " + number);
        answers.add(threads.submit(() -> ended(session, command, new byte[0], LONG)));
      }
      for (int number = 0; number < 8; number++) {
        assertThat(answers.get(number).get().exitCode()).isEqualTo(number);
      }
    }
  }

  /** The budget that a test's process has is the one of the daemon. */
  @Test
  void whatACommandSaidCountsAsHeldUntilItIsClosed() throws Exception {
    long free = MemoryBudget.shared().free();
    try (GuestSession session = connect()) {
      var command = List.of("head", "-c", "1000000", "/dev/zero");
      try (GuestOutput output = session.exec(command, new byte[0], LONG)) {
        assertThat(output.output()).hasSize(1_000_000);
        assertThat(free - MemoryBudget.shared().free()).isBetween(1_000_000L, 1_001_024L);
      }
      assertThat(MemoryBudget.shared().free()).isEqualTo(free);
      assertThatThrownBy(() -> session.exec(List.of("yes"), new byte[0], LONG))
          .isInstanceOf(IOException.class);
      assertThat(MemoryBudget.shared().free()).isEqualTo(free);
    }
  }

  /**
   * The stream of one command stands still, and the connection carries the other's all the same.
   */
  @Test
  void aListenerThatStandsStillHoldsUpNoOtherCommandOfTheSession() throws Exception {
    var goesOn = new CountDownLatch(1);
    var kept = new ByteArrayOutputStream();
    OutputStream still = delayed(kept, goesOn::await);
    try (GuestSession session = connect();
        GuestProcess much =
            session.start(
                GuestCommand.of(List.of("head", "-c", "30000000", "/dev/zero")),
                still,
                new ByteArrayOutputStream())) {
      for (int round = 0; round < 20; round++) {
        assertThat(ended(session, List.of("echo", "on"), new byte[0], LONG).output())
            .isEqualTo(bytes("on\n"));
      }
      assertThat(kept.size()).isZero();
      goesOn.countDown();
      assertThat(much.waitFor()).isZero();
      assertThat(kept.size()).isEqualTo(30_000_000);
    }
  }

  // What a command is run with

  private static GuestOutput exec(GuestCommand command) throws Exception {
    try (GuestSession session = connect();
        GuestOutput output = session.exec(command, new byte[0], LONG, GuestSession.MAX_OUTPUT)) {
      return output;
    }
  }

  @Test
  void itHasTheVariablesAndTheFolderThatWereAskedFor() throws Exception {
    var command =
        new GuestCommand(
            List.of("sh", "-c", "pwd; printf '%s|' \"$ONE\" \"$OTHER\""),
            Map.of("ONE", "a 'b'\n$HOME", "OTHER", ""),
            "/usr/lib",
            null);
    assertThat(text(exec(command).output())).isEqualTo("/usr/lib\na 'b'\n$HOME||");
  }

  @Test
  void aFolderThatIsNotThereIs126() throws Exception {
    GuestOutput output = exec(new GuestCommand(List.of("pwd"), Map.of(), "/no/such", null));
    assertThat(output.exitCode()).isEqualTo(126);
    assertThat(text(output.error())).contains("/no/such");
  }

  @ParameterizedTest
  @CsvSource({
    "nobody, 65534 65534 nobody nobody",
    "65534, 65534 65534 nobody nobody",
    "nobody:daemon, 65534 1 nobody nobody",
    "12345:23456, 12345 23456 12345 12345",
  })
  void itRunsAsTheUserThatWasAskedFor(String user, String seen) throws Exception {
    var command =
        new GuestCommand(
            List.of("sh", "-c", "echo $(id -u) $(id -g) $USER $LOGNAME; id -G >&2; exit 9"),
            Map.of("MORE", "than nothing"),
            null,
            user);
    GuestOutput output = exec(command);
    assertThat(text(output.output())).as(text(output.error())).isEqualTo(seen + "\n");
    assertThat(text(output.error()).strip()).as("not root's groups").isEqualTo(seen.split(" ")[1]);
    assertThat(output.exitCode()).isEqualTo(9);
  }

  @Test
  void aUserOrGroupThatIsNotThereIs126() throws Exception {
    for (String user : List.of("no-such-user", "nobody:no-such-group")) {
      GuestOutput output = exec(new GuestCommand(List.of("id"), Map.of(), null, user));
      assertThat(output.exitCode()).as(user).isEqualTo(126);
      assertThat(text(output.error())).contains("There is no ").contains("no-such-");
    }
  }

  @Test
  void aSignalReachesTheCommand() throws Exception {
    var output = new ByteArrayOutputStream();
    try (GuestSession session = connect();
        GuestProcess process =
            session.start(
                GuestCommand.of(
                    List.of(
                        "sh", "-c", "trap 'echo told; exit 5' TERM; echo set; sleep 60 & wait")),
                output,
                OutputStream.nullOutputStream())) {
      Awaitility.await().atMost(LONG).until(() -> text(output.toByteArray()).contains("set"));
      process.signal("TERM");
      Awaitility.await().atMost(LONG).until(() -> text(output.toByteArray()).contains("told"));
    }
  }

  // Terminals

  /** What a terminal has said so far. */
  private static final class Screen extends ByteArrayOutputStream {
    void awaits(String said) {
      Awaitility.await()
          .atMost(LONG)
          .untilAsserted(() -> assertThat(toString(StandardCharsets.UTF_8)).contains(said));
    }
  }

  private static void type(GuestProcess process, String keys) throws IOException {
    process.input().write(bytes(keys));
    process.input().flush();
  }

  @Test
  void aTerminalHasASizeTakesAnotherAndPassesControlC() throws Exception {
    var screen = new Screen();
    try (GuestSession session = connect();
        GuestProcess shell =
            session.terminal(
                GuestCommand.of(
                    List.of("sh", "-c", "stty size; echo $TERM; read x; stty size; sleep 600")),
                "xterm-256color",
                101,
                33,
                screen)) {
      screen.awaits("33 101\r\nxterm-256color");
      shell.resize(77, 22);
      type(shell, "\n");
      screen.awaits("22 77");
      type(shell, "\u0003");
      assertThat(shell.waitFor()).isEqualTo(130);
    }
  }

  @Test
  void aLoginShellIsOneAndItsExitCodeCounts() throws Exception {
    var screen = new Screen();
    try (GuestSession session = connect();
        GuestProcess shell = session.terminal(GuestCommand.of(List.of()), "dumb", 80, 24, screen)) {
      type(shell, "echo say-$((40+2))\n");
      screen.awaits("say-42");
      type(shell, "exit 3\n");
      assertThat(shell.waitFor()).isEqualTo(3);
    }
  }

  @Test
  void closingATerminalHangsItUp() throws Exception {
    Path hungUp = folder.resolve("hung-up");
    var screen = new Screen();
    try (GuestSession session = connect()) {
      GuestProcess shell =
          session.terminal(
              GuestCommand.of(
                  List.of(
                      "sh",
                      "-c",
                      "trap 'touch "
                          + hungUp
                          + "; exit' HUP; echo set; while :; do sleep 0.05; done")),
              "dumb",
              80,
              24,
              screen);
      screen.awaits("set");
      shell.close();
      Awaitility.await().atMost(LONG).until(() -> Files.exists(hungUp));
    }
  }
}
