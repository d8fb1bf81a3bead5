package dev.visco.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.session.GuestSession.GuestOutput;
import dev.visco.session.GuestSession.GuestProcess;
import dev.visco.session.GuestUnreachable.GuestStage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kept connections to the real sshd on loopback, which counts how often it was signed in to. */
class KeptSessionsIT {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final String VM = "vm-1";
  @TempDir private Path folder;
  private VmKeys keys;
  private LoopbackSshd sshd;
  private KeptSessions kept;

  @BeforeEach
  void start() throws IOException {
    keys = new VmKeys(Files.createDirectory(folder.resolve("vm")));
    keys.create();
    sshd = new LoopbackSshd(folder, keys);
    kept = new KeptSessions();
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    kept.close();
    Awaitility.await().atMost(LONG).until(() -> sshd.serving() == 0);
    sshd.close();
  }

  private GuestSession signIn() throws GuestUnreachable {
    return new GuestSessions().connect("127.0.0.1", sshd.port(), keys, LONG, LONG);
  }

  private GuestSession session(String machine) throws GuestUnreachable {
    return kept.session(VM, machine, this::signIn);
  }

  private int code(GuestSession session, String... command) throws IOException {
    try (GuestOutput output = session.exec(List.of(command), new byte[0], LONG)) {
      return output.exitCode();
    }
  }

  private int exec(String... command) throws Exception {
    try (GuestSession session = session("first")) {
      return code(session, command);
    }
  }

  @Test
  void oneSignInServesOneCommandAfterAnother() throws Exception {
    for (int round = 0; round < 5; round++) {
      assertThat(exec("sh", "-c", "exit " + round)).isEqualTo(round);
    }
    assertThat(sshd.signIns()).isEqualTo(1);
  }

  @Test
  void manyFirstCommandsWaitForTheSameSignIn() throws Exception {
    assertThat(atOnce(8, "true")).containsOnly(0);
    assertThat(sshd.signIns()).isEqualTo(1);
  }

  /** MaxSessions of sshd_config(5) is 10 where nothing else is set. */
  @Test
  void asManyCommandsRunAtOnceAsAreAskedFor() throws Exception {
    assertThat(atOnce(35, "sleep 1; exit 3")).containsOnly(3);
    assertThat(sshd.signIns()).isBetween(4L, 6L);
    long before = sshd.signIns();
    assertThat(atOnce(35, "exit 4")).containsOnly(4);
    assertThat(sshd.signIns()).as("those that were made are kept").isEqualTo(before);
  }

  private List<Integer> atOnce(int count, String script) throws Exception {
    var codes = new ArrayList<Integer>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Integer> work = () -> exec("sh", "-c", script);
      var running = new ArrayList<Future<Integer>>();
      for (int number = 0; number < count; number++) {
        running.add(threads.submit(work));
      }
      for (Future<Integer> one : running) {
        codes.add(one.get());
      }
    }
    return codes;
  }

  /** sshd counts a command that runs on after its client has left. */
  @Test
  void commandsThatRunOnWithoutTheirClientsKeepNobodyOut() throws Exception {
    Path pids = folder.resolve("pids");
    String deaf = "trap '' HUP TERM PIPE; echo $$ >>" + pids + "; exec sleep 600 >/dev/null 2>&1";
    for (int round = 0; round < 10; round++) {
      try (GuestSession session = session("first")) {
        session.start(
            GuestCommand.of(List.of("sh", "-c", deaf)),
            OutputStream.nullOutputStream(),
            OutputStream.nullOutputStream());
        int count = round + 1;
        Awaitility.await()
            .atMost(LONG)
            .until(() -> Files.exists(pids) && Files.readAllLines(pids).size() == count);
      }
    }
    try {
      for (int round = 0; round < 3; round++) {
        assertThat(exec("sh", "-c", "exit 8")).isEqualTo(8);
      }
    } finally {
      for (String pid : Files.readAllLines(pids)) {
        ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
      }
    }
  }

  @Test
  void aSignalFindsRoomWhereTheConnectionHasNone() throws Exception {
    var sessions = new ArrayList<GuestSession>();
    var running = new ArrayList<GuestProcess>();
    try {
      for (int count = 0; count < 10; count++) {
        GuestSession session = session("first");
        sessions.add(session);
        running.add(
            session.start(
                GuestCommand.of(List.of("sleep", "600")),
                OutputStream.nullOutputStream(),
                OutputStream.nullOutputStream()));
      }
      assertThat(sshd.signIns()).isEqualTo(1);
      running.getLast().signal("TERM");
      assertThat(running.getLast().waitFor()).isEqualTo(143);
    } finally {
      sessions.forEach(GuestSession::close);
    }
  }

  @Test
  void aGuestThatEndsEachConnectionIsNotSignedInToForEver() {
    var tries = new AtomicInteger();
    KeptSessions.Connecting ending =
        () -> {
          tries.incrementAndGet();
          GuestSession session = signIn();
          session.close();
          return session;
        };
    assertThatThrownBy(() -> kept.session(VM, "first", ending))
        .isInstanceOf(GuestUnreachable.class)
        .hasMessageContaining("ends each connection");
    assertThat(tries.get()).isBetween(2, 64);
  }

  @Test
  void aConnectionThatEndedIsMadeAnew() throws Exception {
    assertThat(exec("true")).isZero();
    sshd.endConnections();
    assertThat(exec("sh", "-c", "exit 6")).isEqualTo(6);
    assertThat(sshd.signIns()).isEqualTo(2);
  }

  @Test
  void aSessionWhoseConnectionEndedGoesOnWithAnother() throws Exception {
    try (GuestSession session = session("first")) {
      assertThat(code(session, "true")).isZero();
      sshd.endConnections();
      Awaitility.await().atMost(LONG).until(() -> !session.isOpen());
      assertThat(code(session, "sh", "-c", "exit 6")).isEqualTo(6);
    }
  }

  @Test
  void anotherMachineIsSignedInToAnew() throws Exception {
    try (GuestSession session = session("first");
        GuestProcess running =
            session.start(
                GuestCommand.of(List.of("sleep", "600")),
                OutputStream.nullOutputStream(),
                OutputStream.nullOutputStream())) {
      try (GuestSession other = session("second")) {
        assertThat(code(other, "true")).isZero();
      }
      assertThatThrownBy(running::waitFor).isInstanceOf(IOException.class);
    }
    assertThat(sshd.signIns()).isEqualTo(2);
    Awaitility.await().atMost(LONG).until(() -> sshd.serving() == 1);
  }

  @Test
  void nothingIsKeptForeverAndNothingInUseIsClosed() throws Exception {
    kept.close();
    kept = new KeptSessions(Duration.ofMillis(300));
    try (GuestSession session = session("first")) {
      assertThat(code(session, "sh", "-c", "sleep 1; exit 2")).isEqualTo(2);
    }
    assertThat(sshd.serving()).isEqualTo(1);
    Awaitility.await().atMost(LONG).until(() -> sshd.serving() == 0);
    assertThat(exec("true")).isZero();
    assertThat(sshd.signIns()).isEqualTo(2);
  }

  @Test
  void whatASessionBeganEndsWithIt() throws Exception {
    Path pid = folder.resolve("pid");
    try (GuestSession session = session("first")) {
      session.start(
          GuestCommand.of(List.of("sh", "-c", "echo $$ >" + pid + "; exec cat")),
          OutputStream.nullOutputStream(),
          OutputStream.nullOutputStream());
      Awaitility.await().atMost(LONG).until(() -> Files.exists(pid) && Files.size(pid) > 0);
    }
    long cat = Long.parseLong(Files.readString(pid).strip());
    Awaitility.await().atMost(LONG).until(() -> ProcessHandle.of(cat).isEmpty());
    assertThat(exec("true")).isZero();
    assertThat(sshd.signIns()).isEqualTo(1);
  }

  @Test
  void aGuestThatCannotBeReachedIsToldToAllWhoAskedAndTriedAnewAfterwards() throws Exception {
    var tries = new AtomicInteger();
    KeptSessions.Connecting failing =
        () -> {
          tries.incrementAndGet();
          throw new GuestUnreachable(GuestStage.PORT_CLOSED, "nobody is there", null);
        };
    for (int round = 1; round <= 3; round++) {
      assertThatThrownBy(() -> kept.session(VM, "first", failing))
          .isInstanceOf(GuestUnreachable.class)
          .hasMessage("nobody is there");
      assertThat(tries).hasValue(round);
    }
    assertThat(exec("true")).isZero();
  }

  @Test
  void aForgottenVmHasNoConnection() throws Exception {
    assertThat(exec("true")).isZero();
    kept.forget(VM);
    Awaitility.await().atMost(LONG).until(() -> sshd.serving() == 0);
  }
}
