package dev.visco.diagnose;

import static dev.visco.diagnose.ConsoleMessage.EMERGENCY_MODE;
import static dev.visco.diagnose.ConsoleMessage.MOUNT_DEPENDENCY_FAILED;
import static dev.visco.diagnose.ConsoleMessage.MOUNT_TIMED_OUT;
import static dev.visco.diagnose.ConsoleMessage.MOUNT_UNIT_FAILED;
import static dev.visco.diagnose.ConsoleMessage.SYSTEMD_FROZEN;
import static dev.visco.diagnose.ConsoleMessage.TARGET_ABSENT;
import static dev.visco.diagnose.EvidenceView.all;
import static dev.visco.diagnose.EvidenceView.fact;
import static dev.visco.diagnose.EvidenceView.with;

import dev.visco.model.Remedy;
import java.util.List;

/** Causes that systemd tells of, between its start and that of the image's services. */
final class SystemdRules {

  /** In the order of the boot. */
  static final List<BootRule> TABLE =
      List.of(
          new BootRule(
              "fstab-mount-failed",
              seen ->
                  with(
                      seen.line(MOUNT_UNIT_FAILED, MOUNT_TIMED_OUT, MOUNT_DEPENDENCY_FAILED),
                      seen.lines(MOUNT_DEPENDENCY_FAILED, EMERGENCY_MODE)),
              seen -> seen.console().has(EMERGENCY_MODE),
              "A file system of the image's /etc/fstab cannot be mounted, and systemd starts no services without it.",
              "Take that line out of the image's /etc/fstab, or add the option nofail to it.",
              new Remedy.InspectImage(),
              "systemd.mount(5), fstab; systemd-fstab-generator(8)"),
          new BootRule(
              "target-absent",
              seen -> with(seen.line(TARGET_ABSENT), seen.lines(SYSTEMD_FROZEN)),
              true,
              "systemd was told to start a target that is not in the image.",
              "Leave systemd.unit= out of the boot arguments, or set the image's default target (ln -sf /lib/systemd/system/multi-user.target /etc/systemd/system/default.target).",
              "systemd(1), default.target"),
          new BootRule(
              "systemd-frozen",
              seen -> seen.line(SYSTEMD_FROZEN),
              true,
              "systemd could not go on, and stands still for ever.",
              "Read what it said before that.",
              new Remedy.ReadConsole("%vm"),
              "systemd src/core/crash-handler.c, freeze_or_exit_or_reboot"),
          new BootRule(
              "emergency-mode",
              seen ->
                  all(
                      seen.line(EMERGENCY_MODE),
                      fact(!seen.ended(), "and it waits for somebody to sign in at its console")),
              false,
              "systemd is in its emergency or rescue mode, in which it starts no services.",
              "Read what failed before that; leave emergency, rescue, single and systemd.unit= out of the boot arguments.",
              new Remedy.ReadConsole("%vm"),
              "systemd.special(7), emergency.target"));

  private SystemdRules() {}
}
