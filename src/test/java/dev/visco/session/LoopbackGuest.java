package dev.visco.session;

import dev.visco.host.LinuxHost;
import dev.visco.session.GuestSession.GuestOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real sshd on loopback, set up with a VM's keys as its guest has them, and sessions with it.
 */
abstract class LoopbackGuest {
  static final Duration LONG = Duration.ofSeconds(60);
  static final Duration SHORT = Duration.ofMillis(700);
  @TempDir static Path folder;
  static VmKeys keys;
  static LoopbackSshd sshd;

  final LinuxHost host = new LinuxHost();

  @BeforeAll
  static void start() throws IOException {
    keys = new VmKeys(Files.createDirectory(folder.resolve("vm")));
    keys.create();
    sshd = new LoopbackSshd(folder, keys);
  }

  @AfterAll
  static void stop() throws Exception {
    sshd.close();
  }

  @AfterEach
  void nothingIsLeft() {
    // Every session of a test was closed: the guest's side ends, and so do the library's threads.
    Awaitility.await().atMost(LONG).until(() -> sshd.serving() == 0);
    Awaitility.await()
        .atMost(LONG)
        .until(() ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("ssh reads from ")));
  }

  static GuestSession connect() throws GuestUnreachable {
    return new GuestSessions().connect("127.0.0.1", sshd.port(), keys, LONG, LONG);
  }

  static GuestOutput exec(String... arguments) throws Exception {
    try (GuestSession session = connect()) {
      return ended(session, List.of(arguments), new byte[0], LONG);
    }
  }

  /** What a command said, of which nothing counts as held any more. */
  static GuestOutput ended(
      GuestSession session, List<String> arguments, byte[] input, Duration deadline)
      throws IOException {
    return ended(session, arguments, input, deadline, GuestSession.MAX_OUTPUT);
  }

  static GuestOutput ended(
      GuestSession session, List<String> arguments, byte[] input, Duration deadline, int max)
      throws IOException {
    try (GuestOutput output = session.exec(arguments, input, deadline, max)) {
      return output;
    }
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
