package dev.visco.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real sshd behind a VMM's unix socket, and behind sockets that do not keep to the form. */
class VsockSessionsIT {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(300);
  @TempDir static Path folder;
  private static VmKeys keys;
  private static LoopbackSshd sshd;
  private static int sockets;
  private final VsockPeer[] joined = new VsockPeer[1];

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
    Awaitility.await().atMost(LONG).until(() -> sshd.serving() == 0);
  }

  private static Path socket() {
    return folder.resolve("v" + sockets++);
  }

  /** By vsock, or by TCP to {@code tcpPort}. */
  private static GuestSession connect(Path socket, int tcpPort) throws GuestUnreachable {
    return new GuestSessions()
        .connect(new VsockAddress(socket, 22), "127.0.0.1", tcpPort, keys, LONG);
  }

  private static String run(Path socket, int tcpPort) throws Exception {
    byte[] input = "by whatever way".getBytes(StandardCharsets.UTF_8);
    try (GuestSession session = connect(socket, tcpPort);
        var said = session.exec(List.of("cat"), input, LONG)) {
      return new String(said.output(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void aSessionGoesByVsockWhereItIsAnswered() throws Exception {
    Path socket = socket();
    try (VsockPeer peer = VsockPeer.joining(socket, joined, sshd.port())) {
      // Nobody listens on that TCP port.
      assertThat(run(socket, 1)).isEqualTo("by whatever way");
      assertThat(peer.asked).containsExactly("CONNECT 22");
    }
  }

  @Test
  void carriesMegabytesBothWaysAndManySessionsAtOnce() throws Exception {
    Path socket = socket();
    byte[] much = new byte[5 << 20];
    new Random(31).nextBytes(much);
    try (VsockPeer peer = VsockPeer.joining(socket, joined, sshd.port());
        GuestSession one = connect(socket, 1);
        GuestSession other = connect(socket, 1);
        var counted = one.exec(List.of("wc", "-c"), much, LONG);
        var zeros =
            other.exec(List.of("head", "-c", "3000000", "/dev/zero"), new byte[0], LONG, 4 << 20)) {
      assertThat(counted.output())
          .asString(StandardCharsets.UTF_8)
          .startsWith(Integer.toString(much.length));
      assertThat(zeros.output()).hasSizeGreaterThan(1 << 19);
      assertThat(peer.asked).hasSize(2);
    }
  }

  private void assertTcpInstead(VsockPeer.Behaviour behaviour) throws Exception {
    Path socket = socket();
    try (var peer = new VsockPeer(socket, behaviour)) {
      assertThat(run(socket, sshd.port())).isEqualTo("by whatever way");
      assertThat(peer.asked).containsExactly("CONNECT 22");
    }
  }

  @Test
  void tcpServesWhereNobodyInTheGuestListens() throws Exception {
    assertTcpInstead((channel, out) -> channel.close());
  }

  @Test
  void tcpServesWhereTheAnswerIsSilenceOrHalfOrNone() throws Exception {
    assertTcpInstead((channel, out) -> {});
    assertTcpInstead((channel, out) -> out.write("OK 10".getBytes(StandardCharsets.US_ASCII)));
    assertTcpInstead((channel, out) -> {
      out.write("OK 10".getBytes(StandardCharsets.US_ASCII));
      channel.close();
    });
    assertTcpInstead((channel, out) -> out.write("NO\n".getBytes(StandardCharsets.US_ASCII)));
    assertTcpInstead((channel, out) -> out.write("OK \n".getBytes(StandardCharsets.US_ASCII)));
    assertTcpInstead((channel, out) -> out.write(new byte[1 << 20]));
  }

  @Test
  void tcpServesWhereThereIsNoSocketOrNobodyBehindIt() throws Exception {
    assertThat(run(socket(), sshd.port())).isEqualTo("by whatever way");
    Path stale = socket();
    try (var peer = new VsockPeer(stale, (channel, out) -> {})) {
      assertThat(peer.asked).isEmpty();
    }
    assertThat(stale).exists();
    assertThat(run(stale, sshd.port())).isEqualTo("by whatever way");
    assertThat(run(Files.writeString(socket(), "a file"), sshd.port()))
        .isEqualTo("by whatever way");
  }

  @Test
  void tcpServesWhereTheSshdBehindItHangsUp() throws Exception {
    assertTcpInstead((channel, out) -> {
      out.write("OK 10\n".getBytes(StandardCharsets.US_ASCII));
      channel.close();
    });
  }

  @Test
  void aGuestThatIsAnotherOneIsNotAskedAgain() throws Exception {
    Path socket = socket();
    var other = new VmKeys(folder.resolve("other"));
    other.create();
    try (VsockPeer peer = VsockPeer.joining(socket, joined, sshd.port())) {
      assertThatThrownBy(() ->
              new GuestSessions()
                  .connect(new VsockAddress(socket, 22), "127.0.0.1", sshd.port(), other, LONG)
                  .close())
          .isInstanceOfSatisfying(
              GuestUnreachable.class,
              e -> assertThat(e.stage()).isEqualTo(GuestUnreachable.GuestStage.WRONG_HOST_KEY));
      assertThat(peer.asked).hasSize(1);
    }
  }

  @Test
  void aDrippingPeerDoesNotHoldUsPastTheDeadline() throws Exception {
    Path socket = socket();
    try (var peer =
        new VsockPeer(
            socket,
            (channel, out) -> {
              for (int at = 0; at < 1000; at++) {
                out.write("OK 1234567890".charAt(Math.min(at, 12)));
                Thread.sleep(50);
              }
            })) {
      long start = System.nanoTime();
      assertThatThrownBy(() -> VsockSocket.connect(new VsockAddress(socket, 22), SHORT).close())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("vsock port 22")
          .hasMessageContaining("in time");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SHORT.plusSeconds(5));
      assertThat(peer.asked).hasSize(1);
    }
  }

  @Test
  void aReadEndsAtItsTimeOutAndWithTheSocket() throws Exception {
    Path socket = socket();
    try (var peer =
        new VsockPeer(
            socket, (channel, out) -> out.write("OK 1\nab".getBytes(StandardCharsets.US_ASCII)))) {
      VsockSocket connected = VsockSocket.connect(new VsockAddress(socket, 22), LONG);
      assertThat(connected.getInputStream().readNBytes(2)).containsExactly('a', 'b');
      connected.setSoTimeout(100);
      assertThatThrownBy(() -> connected.getInputStream().read())
          .isInstanceOf(java.net.SocketTimeoutException.class);
      connected.setSoTimeout(0);
      Thread closing =
          Thread.ofVirtual()
              .unstarted(() -> {
                try {
                  connected.close();
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      closing.start();
      assertThatThrownBy(() -> connected.getInputStream().read()).isInstanceOf(IOException.class);
      assertThat(connected.isClosed()).isTrue();
      assertThat(peer.asked).hasSize(1);
    }
  }
}
