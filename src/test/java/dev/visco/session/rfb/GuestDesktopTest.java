package dev.visco.session.rfb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.session.rfb.DesktopUnreachable.DesktopStage;
import dev.visco.session.rfb.RfbGuest.Script;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How a guest's VNC server is entered, and every way in which it may not let us in. */
@Timeout(60)
class GuestDesktopTest {
  private static final VncPassword PASSWORD = new VncPassword("pa55w0rd");
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(300);

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static GuestDesktop enter(RfbGuest guest) throws DesktopUnreachable {
    return GuestDesktop.connect(guest.address(), PASSWORD, LONG);
  }

  @Test
  void theRightPasswordLetsUsInAndBothWaysAreOpen() throws Exception {
    try (var guest =
            RfbGuest.desktop(
                PASSWORD, connection -> connection.out.write(connection.in.readNBytes(3)));
        var desktop = enter(guest)) {
      assertThat(desktop.banner()).isEqualTo("RFB 003.008");
      desktop.write(ByteBuffer.wrap(new byte[] {1, 7, 8, 9}));
      var got = ByteBuffer.allocate(RfbGuest.SERVER_INIT.length + 3);
      while (got.hasRemaining() && desktop.read(got) >= 0) {
        // Until all is there.
      }
      assertThat(got.array()).startsWith(RfbGuest.SERVER_INIT).endsWith(7, 8, 9);
      assertThat(desktop.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }
  }

  /** What the server says it speaks, and what we are to answer. */
  @ParameterizedTest
  @CsvSource({
    "RFB 003.003, RFB 003.003",
    "RFB 003.005, RFB 003.003",
    "RFB 003.007, RFB 003.007",
    "RFB 003.008, RFB 003.008",
    "RFB 003.889, RFB 003.008",
    "RFB 004.001, RFB 003.008"
  })
  void eachVersionIsSpokenAsItsServerSpeaksIt(String offered, String answered) throws Exception {
    Script script =
        connection -> {
          connection.out.write(ascii(offered + "\n"));
          String version = new String(connection.in.readNBytes(12), StandardCharsets.US_ASCII);
          if (!version.equals(answered + "\n")) {
            return;
          }
          if (version.contains("003.003")) {
            connection.out.writeInt(2);
          } else {
            connection.out.write(new byte[] {3, 16, 2, 1});
            if (connection.in.readByte() != 2) {
              return;
            }
          }
          byte[] challenge = new byte[16];
          new Random(1).nextBytes(challenge);
          connection.out.write(challenge);
          boolean isRight =
              java.util.Arrays.equals(connection.in.readNBytes(16), PASSWORD.answer(challenge));
          connection.out.writeInt(isRight ? 0 : 1);
          connection.listen();
        };
    try (var guest = RfbGuest.start(PASSWORD, script);
        var desktop = enter(guest)) {
      assertThat(desktop.banner()).isEqualTo(offered);
    }
  }

  @Test
  void aServerWithoutAPasswordIsEnteredToo() throws Exception {
    Script script =
        connection -> {
          connection.out.write(ascii("RFB 003.008\n"));
          connection.in.readNBytes(12);
          connection.out.write(new byte[] {1, 1});
          connection.out.writeInt(connection.in.readByte() == 1 ? 0 : 1);
          connection.listen();
        };
    try (var guest = RfbGuest.start(PASSWORD, script);
        var desktop = enter(guest)) {
      assertThat(desktop.banner()).isEqualTo("RFB 003.008");
    }
  }

  private static Arguments answer(DesktopStage stage, String says, byte[]... said) {
    return Arguments.of(stage, says, said);
  }

  private static byte[] number(long value) {
    return ByteBuffer.allocate(4).putInt((int) value).array();
  }

  /** What a server says before it ends the connection, and what is to be made of it. */
  static Stream<Arguments> answers() {
    byte[] rfb = ascii("RFB 003.008\n");
    byte[] old = ascii("RFB 003.003\n");
    byte[] middle = ascii("RFB 003.007\n");
    byte[] vnc = {1, 2};
    byte[] challenge = new byte[16];
    return Stream.of(
        answer(DesktopStage.SILENT, "without a word"),
        answer(DesktopStage.NOT_RFB, "\"SSH-2.0-Open\"", ascii("SSH-2.0-OpenSSH_9.2p1\r\n")),
        answer(DesktopStage.NOT_RFB, "\"HTTP/1.1 400\"", ascii("HTTP/1.1 400 Bad Request\r\n\r\n")),
        answer(DesktopStage.NOT_RFB, "\"RFB\"", ascii("RFB")),
        answer(DesktopStage.NOT_RFB, "RFB 002.002", ascii("RFB 002.002\n")),
        answer(DesktopStage.NOT_RFB, "\"RFB 003.008\"", ascii("RFB 003.008\r")),
        answer(DesktopStage.BROKEN, "it ended in the handshake", rfb),
        answer(
            DesktopStage.REFUSED,
            "\"Too many security failures\"",
            rfb,
            new byte[] {0},
            number(26),
            ascii("Too many security failures")),
        answer(
            DesktopStage.REFUSED, "\"no no\"", rfb, new byte[] {0}, number(6), ascii("no\r\nno")),
        answer(DesktopStage.REFUSED, "\"full\"", old, number(0), number(4), ascii("full")),
        answer(DesktopStage.ENDLESS, "4294967295 bytes", rfb, new byte[] {0}, number(-1)),
        answer(DesktopStage.ENDLESS, "4097 bytes", old, number(0), number(4097)),
        answer(DesktopStage.BROKEN, "ended", rfb, new byte[] {0}, number(4096), ascii("short")),
        answer(
            DesktopStage.NO_COMMON_SECURITY, "types 16, 19, 255", rfb, new byte[] {3, 16, 19, -1}),
        answer(DesktopStage.NO_COMMON_SECURITY, "security type 16", old, number(16)),
        answer(DesktopStage.BROKEN, "ended", rfb, new byte[] {(byte) 255, 2}),
        answer(DesktopStage.BROKEN, "ended", rfb, vnc, new byte[15]),
        answer(DesktopStage.BROKEN, "ended", rfb, vnc, challenge),
        answer(
            DesktopStage.PASSWORD_REFUSED,
            "\"Authentication failure\"",
            rfb,
            vnc,
            challenge,
            number(1),
            number(22),
            ascii("Authentication failure")),
        answer(DesktopStage.PASSWORD_REFUSED, "result 1", middle, vnc, challenge, number(1)),
        answer(DesktopStage.PASSWORD_REFUSED, "result 2", old, number(2), challenge, number(2)),
        answer(
            DesktopStage.ENDLESS,
            "2147483647 bytes",
            rfb,
            vnc,
            challenge,
            number(1),
            number(Integer.MAX_VALUE)));
  }

  @ParameterizedTest
  @MethodSource("answers")
  void everyWrongAnswerIsNamed(DesktopStage stage, String says, byte[][] said) {
    Script script =
        connection -> {
          for (byte[] part : said) {
            connection.out.write(part);
          }
          connection.out.flush();
          // What was not read when a connection is closed would reset it, and lose what was said.
          connection.shutOutput();
          connection.listen();
        };
    try (var guest = RfbGuest.start(PASSWORD, script)) {
      assertThatThrownBy(() -> enter(guest))
          .hasMessageContaining(says)
          .asInstanceOf(InstanceOfAssertFactories.type(DesktopUnreachable.class))
          .returns(stage, DesktopUnreachable::stage)
          .satisfies(e -> assertThat(e.getMessage()).doesNotContain(PASSWORD.text()));
    }
  }

  @ParameterizedTest
  @CsvSource({"'', SILENT", "RFB, NOT_RFB", "'RFB 003.008\n', BROKEN"})
  void aServerThatStopsSpeakingIsLeftWhenTheTimeIsUp(String said, DesktopStage stage) {
    Script script =
        connection -> {
          connection.out.write(ascii(said));
          connection.listen();
        };
    try (var guest = RfbGuest.start(PASSWORD, script)) {
      assertThatThrownBy(() -> GuestDesktop.connect(guest.address(), PASSWORD, SHORT))
          .asInstanceOf(InstanceOfAssertFactories.type(DesktopUnreachable.class))
          .returns(stage, DesktopUnreachable::stage);
    }
  }

  @Test
  void aServerThatTricklesIsLeftWhenTheTimeIsUpForAllOfIt() {
    Script script =
        connection -> {
          connection.out.write(ascii("RFB 003.008\n"));
          connection.in.readNBytes(12);
          connection.out.write(255);
          var pace = new java.util.concurrent.CountDownLatch(1);
          for (; ; ) {
            connection.out.write(16);
            try {
              pace.await(20, java.util.concurrent.TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }
        };
    try (var guest = RfbGuest.start(PASSWORD, script)) {
      assertThatThrownBy(() -> GuestDesktop.connect(guest.address(), PASSWORD, SHORT))
          .hasMessageContaining("stopped speaking");
    }
  }

  @Test
  void garbageWithoutEndIsNoServer() {
    Script script =
        connection -> {
          byte[] garbage = new byte[1 << 16];
          new Random(7).nextBytes(garbage);
          connection.flood(garbage);
        };
    try (var guest = RfbGuest.start(PASSWORD, script)) {
      assertThatThrownBy(() -> enter(guest))
          .asInstanceOf(InstanceOfAssertFactories.type(DesktopUnreachable.class))
          .returns(DesktopStage.NOT_RFB, DesktopUnreachable::stage);
    }
  }

  @Test
  void aClosedPortIsNotASilentOne() throws IOException {
    InetSocketAddress nobody;
    try (var taken = new ServerSocket(0)) {
      nobody = new InetSocketAddress("127.0.0.1", taken.getLocalPort());
    }
    assertThatThrownBy(() -> GuestDesktop.connect(nobody, PASSWORD, LONG))
        .hasMessage(
            "Port " + nobody.getPort() + " of the guest is closed: no VNC server listens there.")
        .asInstanceOf(InstanceOfAssertFactories.type(DesktopUnreachable.class))
        .returns(DesktopStage.PORT_CLOSED, DesktopUnreachable::stage);
  }

  /** Packets that nobody answers, as a rule that drops them would have it: a full backlog. */
  @Test
  void aPortThatAnswersNothingIsFiltered() throws IOException {
    var waiting = new ArrayList<Socket>();
    try (var full = new ServerSocket(0, 1)) {
      var address = new InetSocketAddress("127.0.0.1", full.getLocalPort());
      for (int number = 0; number < 8; number++) {
        var socket = new Socket();
        waiting.add(socket);
        try {
          socket.connect(address, 200);
        } catch (IOException e) {
          break; // It is full.
        }
      }
      assertThatThrownBy(() -> GuestDesktop.connect(address, PASSWORD, SHORT))
          .hasMessageContaining("does not answer")
          .asInstanceOf(InstanceOfAssertFactories.type(DesktopUnreachable.class))
          .returns(DesktopStage.FILTERED, DesktopUnreachable::stage);
    } finally {
      for (Socket socket : waiting) {
        socket.close();
      }
    }
  }
}
