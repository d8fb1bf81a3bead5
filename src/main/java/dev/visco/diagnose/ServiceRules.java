package dev.visco.diagnose;

import static dev.visco.diagnose.ConsoleMessage.NO_HOST_KEYS;
import static dev.visco.diagnose.ConsoleMessage.NO_HOST_KEYS_OF_DROPBEAR;
import static dev.visco.diagnose.ConsoleMessage.NO_TERMINAL;
import static dev.visco.diagnose.ConsoleMessage.PROGRAM_ABSENT;
import static dev.visco.diagnose.ConsoleMessage.SEED_NOT_FOUND;
import static dev.visco.diagnose.ConsoleMessage.SERVICE_ENDED;
import static dev.visco.diagnose.ConsoleMessage.SERVICE_LACKS_LIBRARY;
import static dev.visco.diagnose.ConsoleMessage.SSHD_CONFIG_WRONG;
import static dev.visco.diagnose.ConsoleMessage.SSHD_LISTENS_ON_ITS_PORT;
import static dev.visco.diagnose.ConsoleMessage.SSHD_PORT_TAKEN;
import static dev.visco.diagnose.ConsoleMessage.SSHD_UNIT_FAILED;
import static dev.visco.diagnose.EvidenceView.all;
import static dev.visco.diagnose.EvidenceView.fact;
import static dev.visco.diagnose.EvidenceView.unless;

import dev.visco.model.Remedy;
import java.util.List;

/** Causes in the guest's services, and deadlines that are too short. */
final class ServiceRules {

  /** In the order of the boot. */
  static final List<BootRule> TABLE =
      List.of(
          new BootRule(
              "seed-missing",
              seen -> seen.line(SEED_NOT_FOUND),
              true,
              "The guest did not find the disk with its keys, so that nobody can sign in.",
              "Create the VM anew; an imported root file system needs Visco's start script.",
              new Remedy.RemoveVm("%vm"),
              "images/files/start"),
          new BootRule(
              "host-keys-missing",
              seen -> seen.line(NO_HOST_KEYS, NO_HOST_KEYS_OF_DROPBEAR),
              true,
              "sshd has no host key and ends at once.",
              "Have sshd_config name /run/visco/ssh_host_ed25519_key, as images/files/sshd_config does.",
              "sshd_config(5), HostKey"),
          new BootRule(
              "service-lacks-a-library",
              seen -> seen.line(SERVICE_LACKS_LIBRARY),
              true,
              "sshd ends at once because a shared library that it needs is not in the image.",
              "Add the package that brings it to the image, and build it again.",
              "ld.so(8)"),
          new BootRule(
              "program-absent",
              seen ->
                  all(
                      seen.line(PROGRAM_ABSENT),
                      fact(seen.facts().guest() == null, "and the guest does not answer")),
              false,
              "Init is to run a program that is not in the image.",
              "Add it to the image, or take its line out of /etc/inittab.",
              "busybox init/init.c"),
          new BootRule(
              "sshd-config-wrong",
              seen -> seen.line(SSHD_CONFIG_WRONG),
              true,
              "sshd does not start: it does not accept its configuration.",
              "Repair it in the image; sshd -t in the image says what is wrong.",
              "sshd_config(5)"),
          new BootRule(
              "sshd-port-taken",
              seen -> seen.line(SSHD_PORT_TAKEN),
              true,
              "sshd cannot listen on its port: another program of the image does.",
              "Take the other program out of the image, or move its port.",
              "bind(2), EADDRINUSE"),
          new BootRule(
              "sshd-fails",
              seen -> unless(seen.line(SSHD_UNIT_FAILED), seen.facts().guest() != null),
              seen -> seen.isStage("PORT_CLOSED"),
              "The image's sshd does not start: systemd says that its service failed. Its host keys are missing, its configuration is wrong, or a program that it needs is.",
              "Look at what sshd -t says in the image: chroot FOLDER /usr/sbin/sshd -t. Host keys are made by ssh-keygen -A.",
              new Remedy.ReadConsole("%vm"),
              "sshd(8), -t"),
          new BootRule(
              "service-ends",
              seen -> seen.line(SERVICE_ENDED),
              false,
              "A service of the image ends and is started again and again.",
              "Read what it said before.",
              new Remedy.ReadConsole("%vm"),
              "images/files/service"),
          new BootRule(
              "terminals-missing",
              seen -> seen.line(NO_TERMINAL),
              true,
              "/dev/pts is not mounted in the guest: no terminal can be opened.",
              "Have the image's init mount devpts, as images/files/start does.",
              "pts(4)"),
          new BootRule(
              "wrong-host-key",
              seen ->
                  seen.isStage("WRONG_HOST_KEY") ? List.of(seen.sessionText()) : EvidenceView.NO,
              true,
              "The guest's sshd shows another host key than the one that Visco gave this VM.",
              "Take the image's own host keys out of it; they must come from the seed disk.",
              "sshd_config(5), HostKey"),
          new BootRule(
              "key-refused",
              seen -> seen.isStage("KEY_REFUSED") ? List.of(seen.sessionText()) : EvidenceView.NO,
              true,
              "The guest's sshd does not accept the VM's key.",
              "Have sshd_config name /run/visco/authorized_keys and allow root with a key.",
              "sshd_config(5), AuthorizedKeysFile"));

  /** What is left to say of a guest that is not reached, and of one whose boot goes on. */
  static final List<BootRule> OF_UNREACHED =
      List.of(
          new BootRule(
              "ip-perhaps-unread",
              seen -> seen.isAsked("address") ? EvidenceView.NO : NetworkRules.noAddress(seen),
              false,
              "The guest runs and does not answer at its address: ip= is on the command line, the kernel does not read it, and perhaps nothing in the image does.",
              "Use Visco's own initramfs, or a kernel with CONFIG_IP_PNP=y, or have the image give its interface the address.",
              new Remedy.ReadConsole("%vm"),
              "Linux Documentation/admin-guide/nfs/nfsroot.rst, ip="),
          new BootRule(
              "no-sshd",
              seen ->
                  all(
                      fact(seen.isStage("PORT_CLOSED") && !seen.ended(), seen.sessionText()),
                      seen.line(SSHD_LISTENS_ON_ITS_PORT).isEmpty()
                          ? List.of("and no sshd ever said that it listens on port 22")
                          : EvidenceView.NO),
              false,
              "The guest's network works and nothing listens on port 22: the image's sshd did not start.",
              "An image needs an sshd on port 22.",
              new Remedy.ReadConsole("%vm"),
              "docs/recipes/add-an-image.md"));

  /** When nothing else is found. */
  static final List<BootRule> OF_TIME =
      List.of(
          new BootRule(
              "too-slow",
              seen ->
                  all(
                      fact(
                          !seen.ended()
                              && !seen.panicked()
                              && !seen.console().has(SERVICE_ENDED)
                              && !seen.isStage("KEY_REFUSED", "WRONG_HOST_KEY"),
                          "the machine runs"),
                      fact(
                          seen.kernelRan() && seen.isBusy() && seen.facts().guest() == null,
                          "its console said something new "
                              + seen.facts().consoleAgeSeconds()
                              + " s before the deadline of "
                              + seen.facts().deadlineSeconds()
                              + " s")),
              false,
              "The boot was still under way when its deadline passed: the host is busy or the deadline is short.",
              "Raise the type's deadline, or start fewer VMs at once.",
              "types/*.toml, deadline"));

  private ServiceRules() {}
}
