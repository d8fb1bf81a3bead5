package dev.visco.diagnose;

import static dev.visco.diagnose.ConsoleMessage.CLOUD_CONFIG_WRONG;
import static dev.visco.diagnose.ConsoleMessage.CLOUD_METADATA_UNANSWERED;
import static dev.visco.diagnose.ConsoleMessage.CLOUD_NETWORK_FAILED;
import static dev.visco.diagnose.ConsoleMessage.CLOUD_UNIT_FAILED;
import static dev.visco.diagnose.ConsoleMessage.NETPLAN_WRONG;
import static dev.visco.diagnose.EvidenceView.unless;
import static dev.visco.diagnose.EvidenceView.with;

import dev.visco.model.Remedy;
import java.util.List;

/** Causes in cloud-init and netplan of the image, for guests that do not answer. */
final class CloudInitRules {

  /** In the order of the boot. */
  static final List<BootRule> TABLE =
      List.of(
          new BootRule(
              "netplan-wrong",
              seen -> unless(seen.line(NETPLAN_WRONG), isReached(seen)),
              false,
              "netplan does not accept the image's network configuration, and configures nothing.",
              "Repair the file that the line names; netplan generate --root-dir FOLDER in the image says what is wrong.",
              new Remedy.ReadConsole("%vm"),
              "netplan(5)"),
          new BootRule(
              "cloud-init-network-failed",
              seen -> unless(seen.line(CLOUD_NETWORK_FAILED), isReached(seen)),
              false,
              "cloud-init could not configure the network: a network-config in the image names an interface or a MAC that the VM does not have, or needs a program that the image lacks.",
              "Take network-config, and datasources other than NoCloud, out of the image's /etc/cloud and /var/lib/cloud: the seed disk has them.",
              new Remedy.ReadConsole("%vm"),
              "cloud-init, cloudinit/distros/networking.py, wait_for_physdevs"),
          new BootRule(
              "cloud-init-elsewhere",
              seen -> unless(seen.line(CLOUD_METADATA_UNANSWERED), seen.facts().guest() != null),
              false,
              "cloud-init asks a cloud's metadata service, which is not here: the image names another datasource than NoCloud.",
              "Put datasource_list: [ NoCloud ] into /etc/cloud/cloud.cfg.d of the image, and take ds= out of the boot arguments.",
              new Remedy.ReadConsole("%vm"),
              "cloud-init, cloudinit/url_helper.py, wait_for_url"),
          new BootRule(
              "cloud-init-fails",
              seen ->
                  unless(
                      with(seen.line(CLOUD_UNIT_FAILED), seen.line(CLOUD_CONFIG_WRONG)),
                      isReached(seen)),
              false,
              "cloud-init in the image fails, so that the guest has neither keys nor an address of it.",
              "Read what it said before, and try it in the image: cloud-init schema --system.",
              new Remedy.ReadConsole("%vm"),
              "cloud-init, cloudinit/cmd/main.py"),
          new BootRule(
              "cloud-config-wrong",
              seen -> unless(seen.line(CLOUD_CONFIG_WRONG), seen.facts().guest() != null),
              false,
              "cloud-init does not accept a cloud-config: that of the image, or the VM's user data.",
              "Repair it: it is YAML whose first line is #cloud-config. cloud-init schema --config-file FILE says what is wrong.",
              new Remedy.ReadConsole("%vm"),
              "cloud-init, cloudinit/util.py, load_yaml"));

  private CloudInitRules() {}

  /** Whether the guest's network works, so that nothing of it can be the cause. */
  private static boolean isReached(EvidenceView seen) {
    return seen.facts().guest() != null || seen.isStage("KEY_REFUSED", "WRONG_HOST_KEY");
  }
}
