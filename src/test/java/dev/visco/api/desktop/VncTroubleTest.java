package dev.visco.api.desktop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.RawWebSocket;
import dev.visco.api.RawWebSocket.Frame;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.session.rfb.RfbGuest;
import dev.visco.session.rfb.VncPassword;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Viewers and guests that do not do as they should. */
@Timeout(90)
class VncTroubleTest {
  private static final byte[] KEY = {4, 1, 0, 0, 0, 0, 0, 97};
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // Each test starts it with limits of its own.
  private DesktopsUnderTest api;

  @AfterEach
  void nobodyLooksAnyMore() {
    Awaitility.await()
        .untilAsserted(() -> assertThat(api.viewers.metrics().getFirst().value()).isZero());
    api.close();
  }

  private void start(VncLimits limits) {
    api = new DesktopsUnderTest(folder, limits, null);
  }

  /** All as usual but for what is given; null leaves it. */
  private static VncLimits limits(
      int messagesPerSecond, Duration idle, Duration write, Duration ping, Duration pong) {
    return new VncLimits(
        1 << 16,
        messagesPerSecond,
        20,
        idle,
        Duration.ofSeconds(2),
        Duration.ofMillis(500),
        write,
        ping,
        pong);
  }

  private static VncLimits usual() {
    return limits(100_000, HOUR, HOUR, HOUR, HOUR);
  }

  @Test
  void aFrameThatIsTooLongEndsTheConnection() throws Exception {
    start(usual());
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(guest);
      try (var viewer = api.viewer(id, false)) {
        viewer.binary(new byte[(1 << 16) + 1]);
        assertThat(viewer.closed().code()).as("RFC 6455, 7.4.1").isEqualTo(1009);
      }
      assertThat(guest.connections().getLast().received()).isEmpty();
    }
  }

  @Test
  void whoLeavesWhileTheGuestDoesNotAnswerIsNoticed() throws Exception {
    start(
        new VncLimits(1 << 16, 100_000, 20, HOUR, Duration.ofMinutes(10), HOUR, HOUR, HOUR, HOUR));
    try (var guest = RfbGuest.silentDesktop(DesktopsUnderTest.PASSWORD, connection -> {})) {
      VmId id = api.ready(guest);
      String ticket = api.desktops.ticket(id, null, false).secret();
      try (var viewer = api.withTicket(id, ticket)) {
        Awaitility.await().until(() -> api.viewers.metrics().getFirst().value() == 1);
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(5))
          .until(() -> api.viewers.metrics().getFirst().value() == 0);
    }
  }

  @Test
  void theLongestFrameThatMayBePasses() throws Exception {
    start(usual());
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(guest);
      try (var viewer = api.viewer(id, false)) {
        byte[] keys = new byte[1 << 16];
        for (int at = 0; at < keys.length; at += KEY.length) {
          System.arraycopy(KEY, 0, keys, at, KEY.length);
        }
        viewer.binary(keys);
        Awaitility.await()
            .untilAsserted(
                () -> assertThat(guest.connections().getLast().received()).isEqualTo(keys));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "07 | message type 7 is not known",
        "0600000000200000 | 2097152 bytes of clipboard are more than 1048576",
        "ff01 | QEMU message 1 is not known"
      })
  void whatIsNoMessageOfAViewerIsNamed(String hex, String says) throws Exception {
    start(usual());
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(guest);
      try (var viewer = api.viewer(id, true)) {
        viewer.binary(java.util.HexFormat.of().parseHex(hex));
        Frame close = viewer.closed();
        assertThat(close.code()).isEqualTo(4002);
        assertThat(close.reason()).isEqualTo("bad-message: The viewer's " + says + ".");
      }
    }
  }

  @Test
  void textIsNoRfb() throws Exception {
    start(usual());
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      try (var viewer = api.viewer(api.ready(guest), true)) {
        viewer.send(RawWebSocket.TEXT, "RFB 003.008\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(viewer.closed().code()).isEqualTo(4002);
      }
    }
  }

  /** A viewer that reads nothing: what the guest wants to show stays in the guest. */
  @Test
  void aViewerThatStopsReadingHoldsUpTheGuestAndIsThenLeft() throws Exception {
    start(limits(100_000, HOUR, Duration.ofSeconds(2), Duration.ofMillis(400), HOUR));
    byte[] picture = new byte[1 << 16];
    try (var guest =
        RfbGuest.desktop(DesktopsUnderTest.PASSWORD, connection -> connection.flood(picture))) {
      VmId id = api.ready(guest);
      try (var viewer = api.viewer(id, true)) {
        RfbGuest.Connection connection = guest.connections().getFirst();
        var taken = new ArrayList<Long>();
        Awaitility.await()
            .pollInterval(Duration.ofMillis(100))
            .untilAsserted(() -> {
              taken.add(connection.sent());
              assertThat(taken).hasSizeGreaterThan(5);
              assertThat(taken.subList(taken.size() - 5, taken.size()).stream().distinct())
                  .as("it stands still")
                  .hasSize(1);
            });
        // All that was taken lies in the buffers of two TCP connections and one chunk of ours.
        assertThat(connection.sent()).isBetween(1L << 16, 24L << 20);
        assertThat(viewer.status()).isEqualTo(101);
        Awaitility.await().until(() -> api.viewers.of(id) == 0);
        Awaitility.await().until(connection::hasEnded);
        assertThat(connection.sent()).isLessThan(24L << 20);
      }
    }
  }

  @Test
  void aGuestThatTakesNothingIsLeftWithTheReason() throws Exception {
    start(limits(1_000_000, HOUR, Duration.ofSeconds(1), Duration.ofMillis(200), HOUR));
    var over = new java.util.concurrent.CountDownLatch(1);
    try (var guest =
        RfbGuest.desktop(
            DesktopsUnderTest.PASSWORD,
            connection -> {
              try {
                over.await();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
            })) {
      try (var viewer = api.viewer(api.ready(guest), false)) {
        viewer.answersPings = false; // Its own bytes stand in the way.
        Thread.ofVirtual().start(() -> sendWithoutEnd(viewer));
        Frame close = viewer.next();
        assertThat(close.code()).isEqualTo(4010);
        assertThat(close.reason())
            .isEqualTo("slow: The guest's desktop does not take what is sent to it.");
      }
      over.countDown();
    }
  }

  private static void sendWithoutEnd(RawWebSocket viewer) {
    byte[] keys = new byte[60_000];
    for (int at = 0; at < keys.length; at += KEY.length) {
      System.arraycopy(KEY, 0, keys, at, KEY.length);
    }
    try {
      for (; ; ) {
        viewer.binary(keys);
      }
    } catch (IOException e) {
      // It was left.
    }
  }

  @Test
  void aViewerThatDoesNotAnswerPingsIsGone() throws Exception {
    start(limits(100_000, HOUR, HOUR, Duration.ofMillis(200), Duration.ofMillis(1500)));
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(guest);
      try (var viewer = api.viewer(id, true);
          var other = api.viewer(id, true)) {
        viewer.answersPings = false;
        Thread.ofVirtual().start(() -> readWithoutEnd(other));
        Frame close = viewer.next();
        assertThat(close.code()).isEqualTo(4008);
        assertThat(close.reason()).isEqualTo("no-pong: The viewer does not answer any more.");
        Awaitility.await("who answers stays").until(() -> api.viewers.of(id) == 1);
        other.binary(new byte[] {3, 0, 0, 0, 0, 0, 0, 1, 0, 1});
        Awaitility.await().until(() -> guest.connections().getLast().received().length == 10);
      }
    }
  }

  private static void readWithoutEnd(RawWebSocket viewer) {
    try {
      for (; ; ) {
        viewer.next();
      }
    } catch (IOException e) {
      // It is over.
    }
  }

  @Test
  void whoDoesNothingForLongIsDisconnected() throws Exception {
    start(limits(100_000, Duration.ofSeconds(1), HOUR, Duration.ofMillis(200), HOUR));
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      try (var viewer = api.viewer(api.ready(guest), false)) {
        Frame close = viewer.next();
        assertThat(close.code()).isEqualTo(4008);
        assertThat(close.reason()).startsWith("idle: ").endsWith("(desktop.idle).");
      }
    }
  }

  @Test
  void whoMayOnlyLookNeedsNotDoAnything() throws Exception {
    start(limits(100_000, Duration.ofMillis(500), HOUR, Duration.ofMillis(100), HOUR));
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(guest);
      try (var looker = api.viewer(id, true);
          var typist = api.viewer(id, false)) {
        Thread.ofVirtual().start(() -> readWithoutEnd(typist));
        Awaitility.await("who may type is left").until(() -> api.viewers.of(id) == 1);
        looker.binary(new byte[] {3, 0, 0, 0, 0, 0, 0, 1, 0, 1});
        Awaitility.await().until(() -> guest.connections().getFirst().received().length == 10);
      }
    }
  }

  @Test
  void aViewerThatDoesNotShakeHandsIsDisconnected() throws Exception {
    start(limits(100_000, HOUR, HOUR, Duration.ofMillis(200), HOUR));
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      try (var viewer = api.withToken(api.ready(guest))) {
        viewer.read(12);
        Frame close = viewer.next();
        assertThat(close.code()).isEqualTo(4008);
        assertThat(close.reason()).startsWith("handshake: ");
      }
    }
  }

  @Test
  void whatComesTooFastWaitsAndNothingIsDropped() throws Exception {
    start(limits(1000, HOUR, HOUR, HOUR, HOUR));
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      try (var viewer = api.viewer(api.ready(guest), false)) {
        long begun = System.nanoTime();
        for (int number = 0; number < 2500; number++) {
          viewer.binary(KEY);
        }
        Awaitility.await()
            .untilAsserted(() ->
                assertThat(guest.connections().getLast().received()).hasSize(2500 * KEY.length));
        assertThat(System.nanoTime() - begun)
            .as("a second's worth at once, and the others at their rate")
            .isGreaterThan(1_400_000_000L);
      }
    }
  }

  @Test
  void manyGuestsThatTakeNothingDoNotHoldUpAnybodyElse() throws Exception {
    start(limits(1_000_000, HOUR, HOUR, HOUR, HOUR));
    var over = new java.util.concurrent.CountDownLatch(1);
    var viewers = new ArrayList<RawWebSocket>();
    try (var guest =
        RfbGuest.desktop(
            DesktopsUnderTest.PASSWORD,
            connection -> {
              try {
                over.await();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
            })) {
      for (int number = 0; number < 40; number++) {
        RawWebSocket viewer = api.viewer(api.ready(guest), false);
        viewers.add(viewer);
        Thread.ofVirtual().start(() -> sendWithoutEnd(viewer));
      }
      // Until all stand still.
      var seen = new ArrayList<Double>();
      Awaitility.await()
          .pollInterval(Duration.ofMillis(200))
          .untilAsserted(() -> {
            seen.add(api.viewers.metrics().get(2).value());
            assertThat(seen).hasSizeGreaterThan(4);
            assertThat(seen.subList(seen.size() - 4, seen.size()).stream().distinct()).hasSize(1);
          });
      try (var socket = new Socket("127.0.0.1", api.port())) {
        socket.setSoTimeout(5000);
        socket
            .getOutputStream()
            .write(
                ("GET /api/vms HTTP/1.1\r\nHost: "
                        + api.address()
                        + "\r\nConnection: close\r\nAuthorization: Bearer "
                        + DesktopsUnderTest.TOKEN
                        + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
        assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
            .startsWith("HTTP/1.1 200");
      }
      for (RawWebSocket viewer : viewers) {
        viewer.close();
      }
      over.countDown();
    }
  }

  @Test
  void garbageWithoutEndFromTheGuestIsSaidToBeNoDesktop() throws Exception {
    start(usual());
    byte[] garbage = new byte[1 << 16];
    new Random(3).nextBytes(garbage);
    try (var guest =
        RfbGuest.start(DesktopsUnderTest.PASSWORD, connection -> connection.flood(garbage))) {
      try (var viewer = api.withToken(api.ready(guest))) {
        Frame close = viewer.closed();
        assertThat(close.code()).isEqualTo(4010);
        assertThat(close.reason()).startsWith("not-rfb: What listens there is no VNC server");
      }
      assertThat(guest.connections().getFirst().sent()).isLessThan(24L << 20);
    }
  }

  @Test
  void aGuestThatRefusesThePasswordIsQuoted() throws Exception {
    start(usual());
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(guest);
      api.desktops.password = new VncPassword("wrong-it");
      try (var viewer = api.withToken(id)) {
        Frame close = viewer.closed();
        assertThat(close.code()).isEqualTo(4010);
        assertThat(close.reason())
            .startsWith("password-refused: The VNC server does not take the VM's password: ")
            .endsWith("\"Authentication failure\".")
            .doesNotContain("wrong-it");
      }
    }
  }

  @Test
  void aPortThatIsClosedIsNamedAndSoIsADesktopThatBreaksOff() throws Exception {
    start(usual());
    try (RfbGuest gone = RfbGuest.gone(DesktopsUnderTest.PASSWORD);
        var viewer = api.withToken(api.ready(gone))) {
      Frame close = viewer.closed();
      assertThat(close.code()).isEqualTo(4010);
      assertThat(close.reason()).startsWith("port-closed: Port " + gone.port());
    }
    try (var guest = RfbGuest.desktop(DesktopsUnderTest.PASSWORD, connection -> {})) {
      try (var viewer = api.viewer(api.ready(guest), false)) {
        Frame close = viewer.closed();
        assertThat(close.code()).isEqualTo(4010);
        assertThat(close.reason()).startsWith("broken: ");
      }
    }
  }

  @Test
  void aVmWithoutADesktopOrOneThatIsNotThereIsSaidAfterTheUpgrade() throws Exception {
    start(usual());
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(guest);
      api.desktops.guest = null;
      try (var viewer = api.withToken(id)) {
        assertThat(viewer.status()).isEqualTo(101);
        Frame close = viewer.closed();
        assertThat(close.code()).isEqualTo(4004);
        assertThat(close.reason()).startsWith("no-desktop: ");
      }
      try (var viewer = api.withToken(new VmId("vm-0badcafe"))) {
        Frame close = viewer.closed();
        assertThat(close.code()).isEqualTo(4004);
        assertThat(close.reason()).isEqualTo("no-vm: There is no VM \"vm-0badcafe\".");
      }
      api.desktops.refused =
          new Refused(
              new Refusal.HostLacks("machine", "It has no machine yet.", "Wait until it has."));
      try (var viewer = api.withToken(id)) {
        Frame close = viewer.closed();
        assertThat(close.code()).isEqualTo(4010);
        assertThat(close.reason()).isEqualTo("no-machine: It has no machine yet.");
      }
    }
  }
}
