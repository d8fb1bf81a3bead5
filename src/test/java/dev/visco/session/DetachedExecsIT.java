package dev.visco.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.session.DetachedExec.ExecState;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Commands that outlive whoever started them, in the real sshd on loopback. */
class DetachedExecsIT extends LoopbackGuest {
  private static final Instant NOW = Instant.parse("2030-01-02T03:04:05.678Z");
  private final AtomicReference<Instant> now = new AtomicReference<>(NOW);
  private Path runs = folder;
  private DetachedExecs execs = new DetachedExecs(InstantSource.system(), new Random(1));

  @BeforeEach
  void anEmptyGuest() throws IOException {
    runs = Files.createTempDirectory(folder, "execs");
    execs = new DetachedExecs(runs + "/of visco", now::get, new Random(1));
  }

  /** Everything that runs has the id of its command in its environment. */
  @AfterEach
  void nothingRunsOn() throws Exception {
    try (GuestSession session = connect()) {
      for (DetachedExec one : execs.list(session)) {
        if (one.state() == ExecState.RUNNING) {
          execs.signal(session, one.id(), "KILL");
          await(one.id());
        }
      }
    }
  }

  private DetachedExec start(@Nullable Duration timeout, String... command) throws Exception {
    return start(GuestCommand.of(List.of(command)), "", timeout);
  }

  /** Each with a session of its own, which is closed as soon as the command was started. */
  private DetachedExec start(GuestCommand command, String input, @Nullable Duration timeout)
      throws Exception {
    now.updateAndGet(it -> it.plusMillis(1));
    try (GuestSession session = connect()) {
      return execs.start(session, command, bytes(input), timeout);
    }
  }

  private DetachedExec find(ExecId id) throws Exception {
    try (GuestSession session = connect()) {
      return execs.find(session, id);
    }
  }

  private DetachedExec await(ExecId id) {
    return Awaitility.await()
        .atMost(LONG)
        .until(() -> find(id), found -> found.state() != ExecState.RUNNING);
  }

  /** What a command has written so far. */
  private static final class Kept implements DetachedOutput.Sink {
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final ByteArrayOutputStream error = new ByteArrayOutputStream();
    private long next;

    @Override
    public void take(boolean isError, byte[] bytes, long at) {
      (isError ? error : output).writeBytes(bytes);
      next = isError ? next : at;
    }

    private String text() {
      return output.toString(StandardCharsets.UTF_8);
    }
  }

  private Kept read(ExecId id, long since) throws Exception {
    var kept = new Kept();
    try (GuestSession session = connect();
        GuestFiles files = session.files()) {
      execs.output(id).since(since, 0).read(files, kept);
    }
    return kept;
  }

  @Test
  void itOutlivesTheSessionAndKeepsOutputErrorsAndExitCode() throws Exception {
    Path go = runs.resolve("go");
    String script = "cat; echo wrong >&2; while [ ! -e " + go + " ]; do sleep 0.05; done; exit 7";
    DetachedExec started = start(GuestCommand.of(List.of("sh", "-c", script)), "in\n", null);
    assertThat(started.state()).isEqualTo(ExecState.RUNNING);
    assertThat(started.info().started()).isEqualTo(NOW.plusMillis(1));
    Awaitility.await("nobody is signed in").atMost(LONG).until(() -> sshd.serving() == 0);
    assertThat(find(started.id()).state()).isEqualTo(ExecState.RUNNING);
    Files.createFile(go);
    DetachedExec ended = await(started.id());
    assertThat(ended.state()).isEqualTo(ExecState.EXITED);
    assertThat(ended.exitCode()).isEqualTo(7);
    assertThat(ended.isTimedOut()).isFalse();
    assertThat(ended.ended()).isNotNull();
    assertThat(ended.info()).isEqualTo(started.info());
    Kept kept = read(started.id(), 0);
    assertThat(kept.text()).isEqualTo("in\n");
    assertThat(kept.error.toString(StandardCharsets.UTF_8)).isEqualTo("wrong\n");
    assertThat(read(started.id(), kept.next).text()).isEmpty();
    assertThat(read(started.id(), 1).text()).isEqualTo("n\n");
  }

  @Test
  void itRunsAsAskedAndItsVariablesAreOnNoCommandLine() throws Exception {
    var command =
        new GuestCommand(
            List.of("sh", "-c", "pwd; id -un; echo \"$SECRET\"; ps -eo args | grep -c '[s]3cr3t'"),
            Map.of("SECRET", "s3cr3t it's"),
            "/usr/lib",
            null);
    DetachedExec ended = await(start(command, "", null).id());
    assertThat(read(ended.id(), 0).text()).isEqualTo("/usr/lib\nroot\ns3cr3t it's\n0\n");
    var nobody = new GuestCommand(List.of("id", "-un"), Map.of(), "/", "nobody");
    assertThat(read(await(start(nobody, "", null).id()).id(), 0).text()).isEqualTo("nobody\n");
  }

  @Test
  void ofMuchOutputTheEndIsKeptAtItsPlace() throws Exception {
    DetachedExec ended =
        await(start(null, "sh", "-c", "head -c 9000000 /dev/zero; printf 'the\\0end'").id());
    Kept kept = read(ended.id(), 0);
    assertThat(kept.next).isEqualTo(9_000_007);
    assertThat(kept.output.size()).isBetween(512 << 10, 2 << 20);
    assertThat(kept.text()).endsWith("\0the\0end");
    assertThat(read(ended.id(), 9_000_004).text()).isEqualTo("end");
  }

  @Test
  void aSignalReachesItAndATimeoutEndsIt() throws Exception {
    DetachedExec one =
        start(
            null,
            "sh",
            "-c",
            "trap 'echo told; exit 5' INT; echo set; while :; do sleep 0.1; done");
    Awaitility.await().atMost(LONG).until(() -> read(one.id(), 0).text().contains("set"));
    try (GuestSession session = connect()) {
      execs.signal(session, one.id(), "SIGINT");
    }
    assertThat(await(one.id()).exitCode()).isEqualTo(5);
    assertThat(read(one.id(), 0).text()).isEqualTo("set\ntold\n");
    try (GuestSession session = connect()) {
      assertThatThrownBy(() -> execs.signal(session, one.id(), "TERM"))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("has ended");
    }
    DetachedExec limited =
        await(start(Duration.ofMillis(300), "sh", "-c", "echo begun; sleep 600; echo no").id());
    assertThat(limited.exitCode()).isEqualTo(124);
    assertThat(limited.isTimedOut()).isTrue();
    assertThat(read(limited.id(), 0).text()).isEqualTo("begun\n");
  }

  @Test
  void oneThatRunsIsNotRemovedAndOneThatHasEndedIs() throws Exception {
    DetachedExec runs = start(null, "sleep", "600");
    DetachedExec ended = await(start(null, "true").id());
    try (GuestSession session = connect()) {
      assertThat(execs.list(session))
          .as("newest first")
          .extracting(DetachedExec::id)
          .containsExactly(ended.id(), runs.id());
      assertThatThrownBy(() -> execs.remove(session, runs.id()))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("runs");
      execs.remove(session, ended.id());
      assertThat(execs.list(session)).extracting(DetachedExec::id).containsExactly(runs.id());
      for (ExecId gone : List.of(ended.id(), new ExecId("ex-0000000000000000"))) {
        assertThatThrownBy(() -> execs.find(session, gone)).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> execs.remove(session, gone)).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> execs.signal(session, gone, "TERM")).isInstanceOf(Refused.class);
      }
    }
  }

  /** As after a restart of the guest, whose disk is still there. */
  @Test
  void oneWhoseWatcherIsGoneIsLost() throws Exception {
    DetachedExec one = start(null, "sh", "-c", "echo begun; sleep 600");
    Awaitility.await().atMost(LONG).until(() -> !read(one.id(), 0).text().isEmpty());
    Path process = runs.resolve("of visco").resolve(one.id().value()).resolve("process");
    String[] words = Files.readString(process).strip().split(" ");
    Files.writeString(process, words[0] + " " + words[1] + " 11111111-another-boot\n");
    assertThat(find(one.id()).state()).isEqualTo(ExecState.LOST);
    Files.writeString(process, words[0] + " 1 " + words[2] + "\n");
    assertThat(find(one.id()).state()).as("another process").isEqualTo(ExecState.LOST);
    assertThat(read(one.id(), 0).text()).isEqualTo("begun\n");
    Files.writeString(process, String.join(" ", words) + "\n");
    assertThat(find(one.id()).state()).isEqualTo(ExecState.RUNNING);
  }

  @Test
  void theOldestOfThoseThatHaveEndedGoesAndNoMoreThanSomeRun() throws Exception {
    Path all = runs.resolve("of visco");
    DetachedExec oldest = await(start(null, "true").id());
    copies(all, oldest.id(), DetachedExecs.MAX_ENDED - 1);
    DetachedExec next = await(start(null, "true").id());
    try (GuestSession session = connect()) {
      assertThat(execs.list(session))
          .hasSize(DetachedExecs.MAX_ENDED)
          .extracting(DetachedExec::id)
          .contains(next.id())
          .doesNotContain(oldest.id());
    }
    DetachedExec running = start(null, "sleep", "600");
    copies(all, running.id(), DetachedExecs.MAX_RUNNING - 1);
    assertThatThrownBy(() -> start(null, "true"))
        .isInstanceOfSatisfying(
            Refused.class,
            refused -> assertThat(refused.refusal()).isInstanceOf(Refusal.LimitReached.class));
    assertThat(all.toFile().list((in, name) -> name.startsWith("."))).isEmpty();
    ended(all, running.id());
  }

  private static void copies(Path all, ExecId one, int count) throws Exception {
    for (int number = 1; number <= count; number++) {
      String name = "ex-%016x".formatted(Long.parseLong(one.value().substring(3), 16) + number);
      copy(all.resolve(one.value()), Files.createDirectory(all.resolve(name)));
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    for (String name : List.of("info", "process", "exit")) {
      if (Files.exists(from.resolve(name))) {
        Files.copy(from.resolve(name), to.resolve(name));
      }
    }
  }

  /** Removes the copies of one that runs, which have no process of their own. */
  private static void ended(Path all, ExecId one) throws IOException {
    for (String name : Objects.requireNonNull(all.toFile().list())) {
      if (name.compareTo(one.value()) > 0) {
        for (String file : List.of("info", "process")) {
          Files.delete(all.resolve(name).resolve(file));
        }
        Files.delete(all.resolve(name));
      }
    }
  }

  @Test
  void whatAGuestMakesUpIsNoCommand() throws Exception {
    Path all = Files.createDirectories(runs.resolve("of visco"));
    for (String info : List.of("{", "no JSON", "{\"command\":null}", "")) {
      Path one =
          Files.createDirectory(all.resolve("ex-%016x".formatted(info.hashCode() & 0xffffL)));
      Files.writeString(one.resolve("info"), info + "\n");
    }
    Path bad = Files.createDirectory(all.resolve("ex-00000000000fffff"));
    Files.writeString(
        bad.resolve("info"), "{\"command\":[\"x\"],\"started\":\"2030-01-01T00:00:00Z\"}\n");
    Files.writeString(bad.resolve("exit"), "many 99999999999999999999 no\n");
    try (GuestSession session = connect()) {
      assertThat(execs.list(session)).isEmpty();
    }
  }

  @Test
  void aGuestThatCannotKeepItSaysWhy() throws Exception {
    Path file = Files.createFile(runs.resolve("a file"));
    var blocked = new DetachedExecs(file.toString(), now::get, new Random(1));
    try (GuestSession session = connect()) {
      assertThatThrownBy(
              () -> blocked.start(session, GuestCommand.of(List.of("true")), new byte[0], null))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("could not start a command detached")
          .hasMessageContaining("a file");
    }
  }
}
