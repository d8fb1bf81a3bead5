package dev.visco.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.session.GuestUnreachable.GuestStage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** How sessions with a guest are made, and how they break; by the real sshd on loopback. */
class GuestSessionsIT extends LoopbackGuest {
  // Connections that the guest opens

  @Test
  void theGuestOpensAConnectionBothWays() throws Exception {
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        GuestSession session = connect();
        GuestConnection connection = session.dial("127.0.0.1", server.getLocalPort(), LONG);
        var accepted = server.accept()) {
      connection.output().write(bytes("asked"));
      connection.output().flush();
      assertThat(text(accepted.getInputStream().readNBytes(5))).isEqualTo("asked");
      accepted.getOutputStream().write(bytes("answered"));
      accepted.close();
      assertThat(text(connection.input().readAllBytes())).isEqualTo("answered");
    }
  }

  @Test
  void aPortThatNobodyServesAndOneThatIsForbiddenAreToldApart() throws Exception {
    int closed;
    try (var nobody = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = nobody.getLocalPort();
    }
    try (GuestSession session = connect()) {
      assertThatThrownBy(() -> session.dial("127.0.0.1", closed, LONG))
          .isInstanceOfSatisfying(
              GuestConnection.NotOpened.class, e -> assertThat(e.isProhibited()).isFalse());
    }
    Path other = Files.createDirectory(folder.resolve("forbidding"));
    try (var forbidding = new LoopbackSshd(other, keys, "AllowTcpForwarding no\n")) {
      try (GuestSession session = forbidding.session()) {
        assertThatThrownBy(() -> session.dial("127.0.0.1", closed, LONG))
            .isInstanceOfSatisfying(
                GuestConnection.NotOpened.class, e -> assertThat(e.isProhibited()).isTrue());
      }
      Awaitility.await().atMost(LONG).until(() -> forbidding.serving() == 0);
    }
  }

  @Test
  void aGuestThatKnowsOneKeyExchangeIsSignedInToByThat() throws Exception {
    for (String exchange : List.of("ecdh-sha2-nistp256", "curve25519-sha256")) {
      Path other = Files.createDirectory(folder.resolve(exchange));
      try (var choosy = new LoopbackSshd(other, keys, "KexAlgorithms " + exchange + "\n");
          GuestSession session = choosy.session()) {
        assertThat(session.isOpen()).isTrue();
      }
    }
  }

  @Test
  void aSignInIsOneRequest() throws Exception {
    Path other = Files.createDirectory(folder.resolve("verbose"));
    try (var verbose = new LoopbackSshd(other, keys, "LogLevel DEBUG1\n")) {
      try (GuestSession session = verbose.session()) {
        assertThat(session.isOpen()).isTrue();
      }
      Awaitility.await().atMost(LONG).until(() -> verbose.serving() == 0);
      assertThat(verbose.requests()).containsExactly("publickey");
    }
  }

  // Guests that cannot be reached

  private GuestUnreachable unreachable(int port, VmKeys with, Duration deadline) {
    long start = System.nanoTime();
    try (GuestSession session =
        new GuestSessions().connect("127.0.0.1", port, with, deadline, deadline)) {
      throw new AssertionError("connected: " + session);
    } catch (GuestUnreachable e) {
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .as("two deadlines, and a busy machine")
          .isLessThan(deadline.multipliedBy(2).plusSeconds(5));
      return e;
    }
  }

  private static VmKeys otherKeys(String name) throws IOException {
    var other = new VmKeys(folder.resolve(name));
    other.create();
    return other;
  }

  @Test
  void refusesAGuestWithAnotherHostKey() throws Exception {
    // Our key would be taken: only the host key differs.
    VmKeys other = otherKeys("other-host");
    for (String name : List.of("id_ed25519", "id_ed25519.pub")) {
      Files.copy(
          folder.resolve("vm/keys").resolve(name),
          folder.resolve("other-host/keys").resolve(name),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    GuestUnreachable e = unreachable(sshd.port(), other, LONG);
    assertThat(e.stage()).isEqualTo(GuestStage.WRONG_HOST_KEY);
    assertThat(e).hasMessageContaining("127.0.0.1");
  }

  @Test
  void saysWhenTheGuestDoesNotWantOurKey() throws Exception {
    VmKeys other = otherKeys("other-client");
    for (String name : List.of("ssh_host_ed25519_key", "ssh_host_ed25519_key.pub")) {
      Files.copy(
          folder.resolve("vm/keys").resolve(name),
          folder.resolve("other-client/keys").resolve(name),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    Path verbose = Files.createDirectory(folder.resolve("refusing"));
    try (var refusing = new LoopbackSshd(verbose, keys, "LogLevel DEBUG1\n")) {
      assertThat(unreachable(refusing.port(), other, LONG).stage())
          .isEqualTo(GuestStage.KEY_REFUSED);
      // The second one is the library's question whether another key would do.
      assertThat(refusing.requests()).hasSize(2).startsWith("publickey");
    }
  }

  @Test
  void saysWhenThePortIsClosed() throws Exception {
    int port;
    try (var closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    GuestUnreachable e = unreachable(port, keys, LONG);
    assertThat(e.stage()).isEqualTo(GuestStage.PORT_CLOSED);
    assertThat(e).hasMessageContaining("port " + port).hasMessageContaining("refused");
  }

  @Test
  void saysWhenThereIsNoWay() {
    host.check(Command.of("ip", "route", "add", "unreachable", "198.18.0.9"));
    try {
      assertThatThrownBy(() ->
              new GuestSessions().connect(dev.visco.model.Ipv4.of("a", "198.18.0.9"), keys, LONG))
          .isInstanceOfSatisfying(
              GuestUnreachable.class, e -> assertThat(e.stage()).isEqualTo(GuestStage.NO_ROUTE));
    } finally {
      host.check(Command.of("ip", "route", "del", "unreachable", "198.18.0.9"));
    }
  }

  @Test
  void saysWhenNobodyAnswers() {
    host.check(
        Command.of("nft", "-f", "-")
            .withInput(
                """
                table ip silence {
                  chain input {
                    type filter hook input priority 0
                    ip daddr 127.0.0.99 drop
                  }
                }
                """));
    try {
      assertThatThrownBy(() ->
              new GuestSessions()
                  .connect(dev.visco.model.Ipv4.of("a", "127.0.0.99"), keys, SHORT, LONG))
          .isInstanceOfSatisfying(
              GuestUnreachable.class, e -> assertThat(e.stage()).isEqualTo(GuestStage.NO_ANSWER));
    } finally {
      host.check(Command.of("nft", "delete", "table", "ip", "silence"));
    }
  }

  @Test
  void saysWhenThePortIsSilent() throws Exception {
    try (var peer = BadPeer.silent()) {
      GuestUnreachable e = unreachable(peer.port(), keys, SHORT);
      assertThat(e.stage()).isEqualTo(GuestStage.NO_BANNER);
    }
  }

  @Test
  void aPeerThatDripsDoesNotHoldUsPastTheDeadline() throws Exception {
    try (var peer = BadPeer.dripping()) {
      GuestUnreachable e = unreachable(peer.port(), keys, SHORT);
      assertThat(e.stage()).isEqualTo(GuestStage.BROKEN);
      assertThat(e).hasMessageContaining("no sign-in within 700ms");
    }
  }

  @Test
  void aPeerThatSpeaksSomethingElseIsBroken() throws Exception {
    for (String text :
        List.of("SSH-2.0-x\r\n" + "garbage".repeat(5000), "SSH-1.0-old\r\n", "HTTP/1.1 400 No\n")) {
      try (var peer = BadPeer.saying(text)) {
        assertThat(unreachable(peer.port(), keys, SHORT).stage())
            .as(text)
            .isEqualTo(GuestStage.BROKEN);
      }
    }
    try (var peer = BadPeer.hangingUpAfter("SSH-2.0-x\r\n")) {
      assertThat(unreachable(peer.port(), keys, LONG).stage()).isEqualTo(GuestStage.BROKEN);
    }
  }

  @Test
  void aSlowBannerIsWaitedFor() throws Exception {
    try (var peer = BadPeer.slowStart(sshd.port(), 1500);
        GuestSession session =
            new GuestSessions().connect("127.0.0.1", peer.port(), keys, SHORT, LONG)) {
      assertThat(ended(session, List.of("true"), new byte[0], LONG).exitCode()).isZero();
    }
  }

  // Connections that break

  @Test
  void aConnectionThatIsDroppedWhileACommandRunsIsNoSuccess() throws Exception {
    try (var peer = new BadPeer(sshd.port(), 200_000, true);
        GuestSession session =
            new GuestSessions().connect("127.0.0.1", peer.port(), keys, LONG, LONG)) {
      assertThatThrownBy(() ->
              ended(session, List.of("head", "-c", "5000000", "/dev/zero"), new byte[0], LONG))
          .isInstanceOf(IOException.class)
          .hasMessage("the connection to the guest ended before the command did");
      assertThatThrownBy(() -> ended(session, List.of("true"), new byte[0], LONG))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cannot run a command in the guest");
    }
  }

  @Test
  void aGuestThatFallsSilentWhileACommandRunsIsNoticed() throws Exception {
    var sessions = new GuestSessions(Duration.ofMillis(300));
    try (var peer = new BadPeer(sshd.port(), 20_000, false);
        GuestSession session = sessions.connect("127.0.0.1", peer.port(), keys, LONG, LONG)) {
      assertThatThrownBy(() ->
              ended(session, List.of("head", "-c", "5000000", "/dev/zero"), new byte[0], LONG))
          .isInstanceOf(IOException.class)
          .hasMessage("the connection to the guest ended before the command did");
    }
  }

  @Test
  void aQuietCommandOutlivesTheSignsOfLife() throws Exception {
    var sessions = new GuestSessions(Duration.ofMillis(100));
    try (GuestSession session = sessions.connect("127.0.0.1", sshd.port(), keys, LONG, LONG)) {
      assertThat(
              ended(session, List.of("sh", "-c", "sleep 1.5; exit 4"), new byte[0], LONG)
                  .exitCode())
          .isEqualTo(4);
    }
  }
}
