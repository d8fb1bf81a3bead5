package dev.visco.verify;

import dev.visco.verify.Verdict.Met;
import dev.visco.verify.Verdict.NotApplicable;
import dev.visco.verify.Verdict.NotMet;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Judges the criteria of a desktop, 7 to 10. */
final class DesktopVerdicts {
  /** The versions of RFB: RFC 6143, 7.1.1. */
  private static final Pattern BANNER = Pattern.compile("RFB 003\\.00[378]");

  private static final int SWITCHING_PROTOCOLS = 101;

  private DesktopVerdicts() {}

  static Verdict webSocket(BootFacts facts, Optional<String> end) {
    return judge(
        facts,
        end,
        desktop -> {
          if (desktop.upgrade() == 0) {
            return missing(desktop, end, "Visco's own WebSocket did not answer");
          }
          String text = "the upgrade through Visco was answered with " + desktop.upgrade();
          return desktop.upgrade() == SWITCHING_PROTOCOLS ? new Met(text) : new NotMet(text);
        });
  }

  static Verdict vnc(BootFacts facts, Optional<String> end) {
    return judge(
        facts,
        end,
        desktop -> {
          String banner = desktop.banner();
          if (banner == null) {
            return missing(desktop, end, "the desktop's VNC server said nothing");
          }
          return BANNER.matcher(banner).matches()
              ? new Met(banner)
              : new NotMet("what answers says \"" + banner + "\", which is not RFB 003.00x");
        });
  }

  static Verdict signIn(BootFacts facts, Optional<String> end) {
    if (!facts.hasSignIn()) {
      return new NotApplicable("the image has no sign-in helper");
    }
    SignInFacts said = facts.signIn();
    if (said == null) {
      return BootVerification.missing("the sign-in helper was not asked yet", end);
    }
    return said.isHealthy()
        ? new Met(said.text())
        : BootVerification.missing("the sign-in helper says: " + said.text(), end);
  }

  static Verdict desktop(BootFacts facts, Optional<String> end) {
    return judge(
        facts,
        end,
        desktop ->
            desktop
                .frame()
                .map(frame ->
                    frame.isBlank()
                        ? BootVerification.missing(
                            "the whole screen is blank: " + frame.text(), end)
                        : new Met(frame.text() + ", desktop.png"))
                .orElseGet(() -> missing(desktop, end, "no whole frame came")));
  }

  private static Verdict judge(
      BootFacts facts, Optional<String> end, Function<DesktopFacts, Verdict> judgement) {
    if (!facts.hasDesktop()) {
      return new NotApplicable("the image has no desktop: none of its services is named vnc");
    }
    DesktopFacts desktop = facts.desktop();
    return desktop == null
        ? BootVerification.missing("nobody has seen its desktop yet", end)
        : judgement.apply(desktop);
  }

  private static Verdict missing(DesktopFacts desktop, Optional<String> end, String otherwise) {
    return BootVerification.missing(desktop.reason().isEmpty() ? otherwise : desktop.reason(), end);
  }
}
