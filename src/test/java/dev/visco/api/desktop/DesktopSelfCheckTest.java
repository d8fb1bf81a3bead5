package dev.visco.api.desktop;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.desktop.DesktopService;
import dev.visco.lifecycle.boot.DesktopProbe.DesktopFindings;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.session.rfb.RfbGuest;
import dev.visco.session.rfb.VncPassword;
import dev.visco.verify.DesktopFacts;
import dev.visco.verify.DesktopFacts.ProbeStage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Looks at scripted guests by way of the real API, its WebSocket and its relay. */
class DesktopSelfCheckTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final byte[] RED_AND_BLUE = {0, 0, -1, 0, -1, 0, 0, 0};

  @TempDir Path folder;
  private DesktopsUnderTest api;
  private DesktopSelfCheck own;
  private final AtomicInteger banners = new AtomicInteger();

  @BeforeEach
  void start() {
    api = DesktopsUnderTest.start(folder);
    own = new DesktopSelfCheck(api.desktops, "127.0.0.1", completedFuture(api.port()), null);
  }

  @AfterEach
  void end() {
    own.close();
    api.close();
  }

  private static RfbGuest painting(byte[] pixels) {
    return RfbGuest.desktop(DesktopsUnderTest.PASSWORD, painter(pixels));
  }

  /** Answers each request for pixels with all of them, in Raw. */
  private static RfbGuest.Script painter(byte[] pixels) {
    return connection -> {
      // SetPixelFormat; SetEncodings, which tells how many it has.
      connection.in.readNBytes(20 + 2);
      connection.in.readNBytes(4 * connection.in.readUnsignedShort());
      while (connection.in.readNBytes(10).length == 10) {
        connection.out.write(new byte[] {0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 1, 0, 0, 0, 0});
        connection.out.write(pixels);
      }
    };
  }

  private DesktopFindings look(RfbGuest guest, Duration max) {
    return own.probe(api.ready(guest), max, banners::incrementAndGet);
  }

  @Test
  void seesADesktopAsAViewerDoes() throws IOException {
    try (RfbGuest guest = painting(RED_AND_BLUE)) {
      VmId id = api.ready(guest);
      DesktopFindings findings = own.probe(id, SOON, banners::incrementAndGet);
      assertThat(findings.facts())
          .isEqualTo(
              new DesktopFacts(
                  101, "RFB 003.008", new DesktopFacts.Frame(2, 1, 2), ProbeStage.SEEN, null));
      assertThat(banners).hasValue(1);
      var picture = ImageIO.read(new ByteArrayInputStream(findings.png()));
      assertThat(picture.getRGB(0, 0) & 0xffffff).isEqualTo(0xff0000);
      assertThat(picture.getRGB(1, 0) & 0xffffff).isEqualTo(0x0000ff);
      assertThat(api.desktops.views(id))
          .as("its look is recorded as its own")
          .singleElement()
          .satisfies(view -> {
            assertThat(view.user()).isEqualTo(DesktopService.VISCO);
            assertThat(view.viewOnly()).isTrue();
          });
    }
  }

  @Test
  void aBlankScreenIsToldWithItsPicture() {
    try (RfbGuest guest = painting(new byte[8])) {
      DesktopFindings findings = look(guest, Duration.ofSeconds(2));
      assertThat(findings.facts().stage()).isEqualTo(ProbeStage.BLANK);
      assertThat(findings.facts().reason()).contains("2x1, 1 colour");
      assertThat(findings.png()).isNotNull();
    }
  }

  @Test
  void aPortThatIsClosedIsNoServerThatIsSilent() {
    RfbGuest gone = RfbGuest.gone(DesktopsUnderTest.PASSWORD);
    DesktopFindings closed = look(gone, Duration.ofSeconds(4));
    assertThat(closed.facts().stage()).isEqualTo(ProbeStage.PORT_CLOSED);
    assertThat(closed.facts().upgrade()).as("the upgrade is answered all the same").isEqualTo(101);
    assertThat(closed.facts().banner()).isNull();
    assertThat(banners).hasValue(0);

    try (RfbGuest silent =
        RfbGuest.start(DesktopsUnderTest.PASSWORD, RfbGuest.Connection::listen)) {
      assertThat(look(silent, Duration.ofSeconds(2)).facts().stage())
          .isEqualTo(ProbeStage.NO_BANNER);
    }
  }

  @Test
  void aPortWhereNothingAnswersIsFiltered() {
    try (RfbGuest guest =
        RfbGuest.silentDesktop(DesktopsUnderTest.PASSWORD, painter(RED_AND_BLUE))) {
      DesktopFindings findings = look(guest, Duration.ofSeconds(2));
      assertThat(findings.facts().stage()).isEqualTo(ProbeStage.NO_ANSWER);
      assertThat(findings.facts().reason()).contains("nobody answers");
    }
  }

  @Test
  void anAnswerThatComesLateIsAnAnswer() throws Exception {
    try (RfbGuest guest =
        RfbGuest.silentDesktop(DesktopsUnderTest.PASSWORD, painter(RED_AND_BLUE))) {
      VmId id = api.ready(guest);
      Thread later =
          Thread.ofVirtual()
              .start(() -> {
                // The try that is under way when no other begins for long is the patient one.
                long begun = System.nanoTime();
                for (int tries = 0;
                    tries < 2 || System.nanoTime() - begun < Duration.ofMillis(600).toNanos(); ) {
                  if (api.desktops.endpoints() != tries) {
                    tries = api.desktops.endpoints();
                    begun = System.nanoTime();
                  }
                  Thread.onSpinWait();
                }
                guest.answer();
              });
      DesktopFindings findings = own.probe(id, SOON, banners::incrementAndGet);
      later.join();
      assertThat(findings.facts().isSeen()).as(findings.toString()).isTrue();
    }
  }

  @Test
  void whatAnsweredOnceIsNotTakenBackByATryThatWasTooShort() {
    RfbGuest gone = RfbGuest.gone(DesktopsUnderTest.PASSWORD);
    VmId id = api.ready(gone);
    try (RfbGuest silent =
        RfbGuest.silentDesktop(DesktopsUnderTest.PASSWORD, painter(RED_AND_BLUE))) {
      Thread later =
          Thread.ofVirtual()
              .start(() -> {
                while (api.desktops.endpoints() < 2) {
                  Thread.onSpinWait();
                }
                api.desktops.guest = silent;
              });
      DesktopFindings findings = own.probe(id, Duration.ofSeconds(3), banners::incrementAndGet);
      assertThat(later.isAlive()).isFalse();
      assertThat(findings.facts().stage())
          .as(findings.toString())
          .isEqualTo(ProbeStage.PORT_CLOSED);
    }
  }

  @Test
  void aGuestThatComesUpLaterIsWaitedFor() throws Exception {
    RfbGuest gone = RfbGuest.gone(DesktopsUnderTest.PASSWORD);
    VmId id = api.ready(gone);
    RfbGuest painter = painting(RED_AND_BLUE);
    Thread later =
        Thread.ofVirtual()
            .start(() -> {
              // Not before the first look has found the port closed.
              while (api.desktops.endpoints() < 2) {
                Thread.onSpinWait();
              }
              api.desktops.guest = painter;
            });
    DesktopFindings findings = own.probe(id, SOON, banners::incrementAndGet);
    later.join();
    assertThat(findings.facts().isSeen()).as(findings.toString()).isTrue();
    painter.close();
  }

  @Test
  void aPasswordThatIsRefusedIsToldAndNeverShown() {
    try (RfbGuest guest = painting(RED_AND_BLUE)) {
      api.desktops.password = new VncPassword("an-other");
      DesktopFindings findings = look(guest, SOON);
      assertThat(findings.facts().stage()).isEqualTo(ProbeStage.PASSWORD_REFUSED);
      assertThat(findings.facts().banner()).isEqualTo("RFB 003.008");
      assertThat(findings.facts().reason())
          .contains("Authentication failure")
          .doesNotContain("an-other");
      assertThat(findings.png()).isNull();
    }
  }

  @Test
  void whatSpeaksAnotherLanguageIsNoVncServer() {
    try (RfbGuest guest =
        RfbGuest.start(
            DesktopsUnderTest.PASSWORD,
            connection -> {
              connection.out.write("SSH-2.0-OpenSSH_9.2p1\r\n".getBytes());
              connection.listen();
            })) {
      DesktopFindings findings = look(guest, Duration.ofSeconds(2));
      assertThat(findings.facts().stage()).isEqualTo(ProbeStage.NO_BANNER);
      assertThat(findings.facts().reason()).contains("SSH-2.0-Open");
    }
  }

  @Test
  void aGuestThatStopsAfterItsGreetingHasNoFrame() {
    try (RfbGuest guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      long before = System.nanoTime();
      DesktopFindings findings = look(guest, Duration.ofSeconds(2));
      assertThat(findings.facts().stage()).isEqualTo(ProbeStage.NO_FRAME);
      assertThat(findings.facts().banner()).isEqualTo("RFB 003.008");
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
    }
  }

  @Test
  void whatTheRelayClosesWithIsTold() {
    try (RfbGuest guest =
        RfbGuest.desktop(DesktopsUnderTest.PASSWORD, connection -> connection.in.readNBytes(44))) {
      DesktopFindings findings = look(guest, Duration.ofSeconds(4));
      assertThat(findings.facts().stage()).isEqualTo(ProbeStage.NO_FRAME);
      assertThat(findings.facts().reason()).contains("4010");
    }
  }

  @Test
  void withoutATicketNothingIsOpened() {
    try (RfbGuest guest = painting(RED_AND_BLUE)) {
      VmId id = api.ready(guest);
      api.desktops.guest = null;
      DesktopFindings findings = own.probe(id, Duration.ofMillis(500), banners::incrementAndGet);
      assertThat(findings.facts().upgrade()).isZero();
      assertThat(findings.facts().stage()).isEqualTo(ProbeStage.NO_UPGRADE);
      assertThat(findings.facts().reason()).contains("no desktop of the VM");
    }
  }

  @Test
  void anApiThatDoesNotAnswerIsTold() {
    try (RfbGuest guest = painting(RED_AND_BLUE);
        var elsewhere = new DesktopSelfCheck(api.desktops, "127.0.0.1", completedFuture(1), null)) {
      DesktopFindings findings = elsewhere.probe(api.ready(guest), Duration.ofSeconds(3), () -> {});
      assertThat(findings.facts().upgrade()).isZero();
      assertThat(findings.facts().banner()).isEqualTo("RFB 003.008");
      assertThat(findings.facts().reason()).contains("Visco's own WebSocket");
    }
  }

  @Test
  void aMachineThatIsNotThereYetIsNoAnswer() {
    try (RfbGuest guest = painting(RED_AND_BLUE)) {
      VmId id = api.ready(guest);
      api.desktops.refused =
          new Refused(new Refusal.HostLacks("machine", "It has no machine yet.", "Wait."));
      DesktopFindings findings = own.probe(id, Duration.ofSeconds(1), () -> {});
      assertThat(findings.facts().stage()).isEqualTo(ProbeStage.NO_ANSWER);
      assertThat(findings.facts().reason()).isEqualTo("It has no machine yet.");
    }
  }

  @Test
  void beforeTheApiListensThatIsWhatItSays() {
    try (var early =
        new DesktopSelfCheck(api.desktops, "127.0.0.1", new CompletableFuture<>(), null)) {
      DesktopFindings findings =
          early.probe(new VmId("vm-0123abcd"), Duration.ofSeconds(5), () -> {});
      assertThat(findings.facts().stage()).isEqualTo(ProbeStage.NO_UPGRADE);
      assertThat(findings.facts().reason()).contains("API does not listen yet");
    }
  }
}
