package dev.visco.diagnose;

import static dev.visco.diagnose.ConsoleMessage.NO_HOST_KEYS;
import static dev.visco.diagnose.ConsoleMessage.NO_HOST_KEYS_OF_DROPBEAR;
import static dev.visco.diagnose.ConsoleMessage.NO_TERMINAL;
import static dev.visco.diagnose.ConsoleMessage.SEED_NOT_FOUND;
import static dev.visco.diagnose.ConsoleMessage.SERVICE_ENDED;
import static dev.visco.diagnose.ConsoleMessage.SSHD_LISTENS_ON_ITS_PORT;
import static dev.visco.diagnose.EvidenceView.all;
import static dev.visco.diagnose.EvidenceView.fact;

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
              "sshd_config(5), AuthorizedKeysFile"),
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
              "docs/recipes/add-an-image.md"),
          new BootRule(
              "too-slow",
              seen ->
                  all(
                      fact(
                          !seen.ended()
                              && !seen.panicked()
                              && seen.isOverdue()
                              && !seen.console().has(SERVICE_ENDED)
                              && !seen.isStage("KEY_REFUSED", "WRONG_HOST_KEY"),
                          "the machine runs"),
                      fact(
                          seen.kernelRan()
                              && seen.facts().consoleAgeSeconds() < 5
                              && seen.facts().guest() == null,
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
