package dev.visco.diagnose;

import static dev.visco.diagnose.ConsoleMessage.BROWSER_SERVICE_ENDED;
import static dev.visco.diagnose.ConsoleMessage.DESKTOP_SERVICE_ENDED;
import static dev.visco.diagnose.ConsoleMessage.VNC_SERVICE_ENDED;
import static dev.visco.diagnose.EvidenceView.all;
import static dev.visco.diagnose.EvidenceView.fact;
import static dev.visco.diagnose.EvidenceView.with;

import dev.visco.diagnose.BootEvidence.Unmet;
import dev.visco.model.Remedy;
import java.util.List;

/**
 * Causes of a desktop that does not appear in a guest whose shell answers; for one whose shell does
 * not answer either, see {@link ServiceRules}.
 */
final class DesktopRules {
  /** The number of the criterion of the sign-in helper. */
  private static final int SIGN_IN = 9;

  /** In the order of the boot. */
  static final List<BootRule> TABLE =
      List.of(
          new BootRule(
              "shm-missing",
              seen ->
                  fact(
                      seen.facts().desktop() != null && seen.guest("shm").equals("missing"),
                      "the guest's /proc/mounts has no /dev/shm"),
              true,
              "/dev/shm is not mounted in the guest: browsers end or stay blank without it.",
              "Have the image's init mount a tmpfs there, as images/files/start does.",
              new Remedy.RunInGuest(
                  "%vm", "mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs /dev/shm"),
              "shm_overview(7)"),
          new BootRule(
              "vnc-server-ends",
              seen ->
                  all(
                      desktop(seen, "PORT_CLOSED", "NO_BANNER", "NO_FRAME"),
                      seen.line(VNC_SERVICE_ENDED),
                      fact(
                          seen.guest("xvnc").isEmpty() || !seen.isDesktop("PORT_CLOSED"),
                          "the guest runs no VNC server just now")),
              false,
              "The desktop's VNC server ends and is started again and again.",
              "Read what it said before, and try its command in the guest.",
              new Remedy.RunInGuest("%vm", "/usr/lib/visco/vnc user"),
              "images/files/service"),
          new BootRule(
              "vnc-server-missing",
              seen ->
                  all(
                      desktop(seen, "PORT_CLOSED"),
                      fact(
                          seen.isAsked("xvnc") && seen.guest("xvnc").isEmpty(),
                          "the guest runs no VNC server"),
                      fact(
                          seen.guest("port-5900").isEmpty(),
                          "and nothing in it listens on port 5900")),
              true,
              "The desktop's VNC server does not run, and did not end either: whatever starts it waits for something.",
              "Look at the image's service vnc.",
              new Remedy.RunInGuest("%vm", "ps"),
              "images/files/browser/vnc"),
          new BootRule(
              "vnc-port-elsewhere",
              seen ->
                  all(
                      desktop(seen, "PORT_CLOSED"),
                      fact(!seen.guest("xvnc").isEmpty(), "the guest runs " + seen.guest("xvnc")),
                      fact(
                          seen.guest("port-5900").isEmpty(),
                          "and nothing in it listens on port 5900")),
              true,
              "The VNC server runs and listens on another port than 5900.",
              "Start it with -rfbport 5900, the port that the image's service vnc names.",
              "Xvnc(1), -rfbport"),
          new BootRule(
              "vnc-only-inside",
              seen ->
                  all(
                      desktop(seen, "PORT_CLOSED"),
                      fact(
                          !seen.guest("port-5900").isEmpty(),
                          "in the guest " + seen.guest("port-5900") + " does listen on port 5900")),
              true,
              "The VNC server listens on the guest's loopback address alone, and Visco comes from outside.",
              "Start it with -localhost=0: the slot's rules let nobody but Visco in.",
              "Xvnc(1), -localhost"),
          new BootRule(
              "vnc-port-filtered",
              seen ->
                  all(
                      desktop(seen, "NO_ANSWER"),
                      fact(
                          seen.facts().guest() != null && seen.facts().session() == null,
                          "the guest answers on port 22")),
              true,
              "Packets to the desktop's port are dropped, in the guest or on the way to it: a firewall does that, a missing server does not.",
              "Let port 5900 in.",
              new Remedy.RunOnHost("ip netns exec %netns nft list ruleset"),
              "RFC 9293, 3.5.2"),
          new BootRule(
              "vnc-port-taken",
              seen ->
                  with(
                      desktop(seen, "NO_BANNER"),
                      fact(
                          !seen.guest("port-5900").isEmpty(),
                          "in the guest " + seen.guest("port-5900") + " listens on port 5900")),
              false,
              "What listens on the desktop's port is no VNC server, or one that hangs.",
              "End it in the guest; the VNC server is started again by itself.",
              new Remedy.RunInGuest("%vm", "netstat -ltnp"),
              "RFC 6143, 7.1.1"),
          new BootRule(
              "vnc-password-refused",
              seen -> desktop(seen, "PASSWORD_REFUSED"),
              true,
              "The VNC server does not take the password that Visco gave this VM: it reads another password file.",
              "Have it read /run/visco/vnc-passwd, as images/files/browser/vnc does, and create the VM anew.",
              "Xvnc(1), -PasswordFile"),
          new BootRule(
              "desktop-blank",
              seen ->
                  with(
                      desktop(seen, "BLANK"),
                      seen.line(DESKTOP_SERVICE_ENDED, BROWSER_SERVICE_ENDED)),
              false,
              "The screen is there and nothing is painted on it: neither a window manager nor a browser runs.",
              "Look at the image's service desktop.",
              new Remedy.RunInGuest("%vm", "ps"),
              "images/files/browser/on-screen"),
          new BootRule(
              "sign-in-helper-fails",
              seen -> {
                Unmet unmet = seen.facts().unmet();
                return unmet != null && unmet.number() == SIGN_IN && seen.facts().session() == null
                    ? List.of(unmet.text())
                    : EvidenceView.NO;
              },
              true,
              "The guest answers, and the program that starts tools for a sign-in cannot start any.",
              "Do what its sentence says is missing, in the image.",
              new Remedy.RunInGuest("%vm", "/usr/lib/visco/sign-in check user"),
              "images/files/browser/sign-in"));

  private DesktopRules() {}

  /** How far the probe of the desktop came, if it ended at one of these stages. */
  private static List<String> desktop(EvidenceView seen, String... stages) {
    return seen.isDesktop(stages) && seen.facts().session() == null
        ? List.of(seen.desktopText())
        : EvidenceView.NO;
  }
}
