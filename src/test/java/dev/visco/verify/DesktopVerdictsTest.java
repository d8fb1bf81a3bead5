package dev.visco.verify;

import static dev.visco.verify.Criterion.DESKTOP;
import static dev.visco.verify.Criterion.SIGN_IN;
import static dev.visco.verify.Criterion.VNC;
import static dev.visco.verify.Criterion.WEBSOCKET;
import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.GuestLink;
import dev.visco.model.Ipv4;
import dev.visco.model.MacAddress;
import dev.visco.model.Transport;
import dev.visco.verify.DesktopFacts.Frame;
import dev.visco.verify.DesktopFacts.ProbeStage;
import dev.visco.verify.Verdict.Met;
import dev.visco.verify.Verdict.NotApplicable;
import dev.visco.verify.Verdict.NotMet;
import dev.visco.verify.Verdict.NotReached;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The criteria of a desktop, on the facts of a guest that is healthy otherwise. */
class DesktopVerdictsTest {
  private static final List<Criterion> DESKTOPS = List.of(WEBSOCKET, VNC, DESKTOP);
  private static final DesktopFacts SEEN =
      new DesktopFacts(101, "RFB 003.008", new Frame(1024, 768, 213), ProbeStage.SEEN, null);

  private static SequencedMap<Criterion, Verdict> verdicts(
      boolean hasDesktop, @Nullable DesktopFacts desktop, boolean isAlive) {
    return verdicts(hasDesktop, desktop, isAlive, false, null);
  }

  private static SequencedMap<Criterion, Verdict> verdicts(
      boolean hasDesktop,
      @Nullable DesktopFacts desktop,
      boolean isAlive,
      boolean hasSignIn,
      @Nullable SignInFacts signIn) {
    Map<String, String> guest = GuestQuestions.answers(Consoles.answers("healthy-mmio"));
    var mac = new MacAddress(Objects.requireNonNull(guest.get("mac")));
    var link =
        new GuestLink(
            Ipv4.of("a", "192.168.100.2"),
            Ipv4.of("a", "192.168.100.1"),
            Ipv4.of("a", "255.255.255.0"),
            mac,
            "eth0",
            Ipv4.of("a", "192.168.100.1"));
    return BootVerification.verdicts(
        new BootFacts(
            Transport.MMIO,
            "PARTUUID=fb9cce59-a6e2-3460-bb3e-20f9590a669c",
            link,
            Consoles.log("healthy-mmio"),
            isAlive,
            true,
            mac,
            guest,
            null,
            hasDesktop,
            desktop,
            hasSignIn,
            signIn,
            new WayOut.Reached("the nameserver answered")));
  }

  private static Verdict verdict(Criterion criterion, @Nullable DesktopFacts desktop) {
    return Objects.requireNonNull(verdicts(true, desktop, true).get(criterion));
  }

  @Test
  void aDesktopThatIsSeenMeetsThem() {
    assertThat(BootVerification.isMet(verdicts(true, SEEN, true))).isTrue();
    assertThat(verdict(WEBSOCKET, SEEN))
        .isEqualTo(new Met("the upgrade through Visco was answered with 101"));
    assertThat(verdict(VNC, SEEN)).isEqualTo(new Met("RFB 003.008"));
    assertThat(verdict(DESKTOP, SEEN)).isEqualTo(new Met("1024x768, 213 colours, desktop.png"));
  }

  @Test
  void withoutADesktopTheyDoNotApplyAndSayWhy() {
    SequencedMap<Criterion, Verdict> verdicts = verdicts(false, null, true);
    assertThat(BootVerification.isMet(verdicts)).isTrue();
    for (Criterion criterion : DESKTOPS) {
      assertThat(verdicts.get(criterion))
          .isEqualTo(
              new NotApplicable("the image has no desktop: none of its services is named vnc"));
    }
  }

  @Test
  void withoutAHelperNobodySignsIn() {
    assertThat(verdict(SIGN_IN, SEEN))
        .isEqualTo(new NotApplicable("the image has no sign-in helper"));
    assertThat(verdicts(false, null, true).get(SIGN_IN)).isInstanceOf(NotApplicable.class);
  }

  private static Verdict helper(@Nullable SignInFacts said, boolean isAlive) {
    return Objects.requireNonNull(verdicts(true, SEEN, isAlive, true, said).get(SIGN_IN));
  }

  @Test
  void aHelperThatStartsToolsMeetsIt() {
    assertThat(helper(new SignInFacts(true, "a tool runs\nand more"), true))
        .isEqualTo(new Met("a tool runs and more"));
    assertThat(helper(null, true))
        .isEqualTo(new NotReached("the sign-in helper was not asked yet"));
    var broken = new SignInFacts(false, "there is no\u001b[2J screen :0" + "!".repeat(1000));
    assertThat(helper(broken, true).text())
        .startsWith("the sign-in helper says: there is no screen :0!!")
        .hasSizeLessThan(400);
    assertThat(helper(broken, true)).isInstanceOf(NotReached.class);
    assertThat(helper(broken, false)).isInstanceOf(NotMet.class);
    assertThat(BootVerification.isMet(verdicts(true, SEEN, true, true, broken))).isFalse();
  }

  @Test
  void beforeTheFirstLookNothingIsReached() {
    for (Criterion criterion : DESKTOPS) {
      assertThat(verdict(criterion, null))
          .isEqualTo(new NotReached("nobody has seen its desktop yet"));
      assertThat(verdicts(true, null, false).get(criterion)).isInstanceOf(NotMet.class);
    }
    assertThat(BootVerification.isMet(verdicts(true, null, true))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 401, 404, 500})
  void anotherAnswerThan101FailsTheUpgrade(int status) {
    var facts =
        new DesktopFacts(status, "RFB 003.008", null, ProbeStage.NO_UPGRADE, "it was refused");
    assertThat(verdict(WEBSOCKET, facts)).isInstanceOf(NotMet.class);
    assertThat(verdict(WEBSOCKET, facts).text()).contains("" + status);
    assertThat(verdict(VNC, facts)).isInstanceOf(Met.class);
    assertThat(verdict(DESKTOP, facts)).isEqualTo(new NotReached("it was refused"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"RFB 003.889", "RFB 004.000", "RFB 003.0081", "SSH-2.0-dropb", ""})
  void anotherBannerThanRfbsFailsVnc(String banner) {
    var facts = new DesktopFacts(101, banner, null, ProbeStage.NO_BANNER, "no VNC server");
    assertThat(verdict(VNC, facts)).isInstanceOf(NotMet.class);
    assertThat(verdict(VNC, facts).text()).contains("\"" + banner + "\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"RFB 003.003", "RFB 003.007", "RFB 003.008"})
  void theBannersThatThereAreMeetIt(String banner) {
    var facts = new DesktopFacts(101, banner, null, ProbeStage.NO_FRAME, "late");
    assertThat(verdict(VNC, facts)).isEqualTo(new Met(banner));
    assertThat(verdict(DESKTOP, facts)).isEqualTo(new NotReached("late"));
  }

  @Test
  void aBlankScreenIsNoDesktop() {
    var facts =
        new DesktopFacts(
            101, "RFB 003.008", new Frame(800, 600, 1), ProbeStage.BLANK, "the screen is blank");
    assertThat(verdict(DESKTOP, facts))
        .isEqualTo(new NotReached("the whole screen is blank: 800x600, 1 colour"));
    assertThat(verdicts(true, facts, false).get(DESKTOP)).isInstanceOf(NotMet.class);
  }

  @ParameterizedTest
  @EnumSource(names = {"NO_ANSWER", "PORT_CLOSED"})
  void whatTheLookMissedIsTheEvidence(ProbeStage stage) {
    var facts = new DesktopFacts(101, null, null, stage, "port 5900: Connection refused");
    assertThat(verdict(WEBSOCKET, facts)).isInstanceOf(Met.class);
    for (Criterion criterion : List.of(VNC, DESKTOP)) {
      assertThat(verdict(criterion, facts))
          .isEqualTo(new NotReached("port 5900: Connection refused"));
    }
  }
}
