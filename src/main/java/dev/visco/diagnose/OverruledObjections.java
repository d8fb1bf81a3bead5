package dev.visco.diagnose;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Objections of the preflight that were overruled and came true. The preflight objects only to what
 * certainly keeps a boot from succeeding, so that a boot that failed where an objection foretold it
 * failed for that.
 */
final class OverruledObjections {
  /** How the console or the network shows that a boot failed where the objection foretold. */
  private enum Foretold {
    NO_ROOT(seen -> seen.kernelRan() && !seen.rootMounted(), "and no root file system was mounted"),
    NO_DISK(seen -> seen.kernelRan() && !seen.foundDisk(), "and no disk was registered"),
    NO_INIT(
        seen ->
            seen.kernelRan() && seen.facts().guest() == null && (seen.panicked() || seen.ended()),
        "and the boot ended where init starts"),
    NO_SERVICES(
        seen -> seen.rootMounted() && seen.facts().guest() == null,
        "and no services of the guest answer"),
    NO_ADDRESS(
        seen ->
            seen.rootMounted()
                && !seen.ended()
                && seen.facts().guest() == null
                && seen.isStage("NO_ANSWER", "NO_ROUTE"),
        "and the guest does not answer at its address");

    private final Predicate<EvidenceView> isSo;
    private final String text;

    Foretold(Predicate<EvidenceView> isSo, String text) {
      this.isSo = isSo;
      this.text = text;
    }
  }

  /** The rule of the diagnosis that says after a boot what the objection said before it. */
  private record AfterBoot(String rule, Foretold foretold) {}

  private static final Map<String, AfterBoot> RULES =
      Map.ofEntries(
          Map.entry("virtio-blk-missing", new AfterBoot("virtio-blk-missing", Foretold.NO_DISK)),
          Map.entry(
              "virtio-pci-missing", new AfterBoot("virtio-transport-missing", Foretold.NO_DISK)),
          Map.entry(
              "virtio-mmio-missing", new AfterBoot("virtio-transport-missing", Foretold.NO_DISK)),
          Map.entry(
              "modules-of-another-kernel",
              new AfterBoot("modules-of-another-kernel", Foretold.NO_DISK)),
          Map.entry(
              "modules-switched-off", new AfterBoot("modules-switched-off", Foretold.NO_DISK)),
          Map.entry("pci-switched-off", new AfterBoot("pci-switched-off", Foretold.NO_DISK)),
          Map.entry("acpi-switched-off", new AfterBoot("acpi-switched-off", Foretold.NO_ROOT)),
          Map.entry("apic-switched-off", new AfterBoot("apic-switched-off", Foretold.NO_ROOT)),
          Map.entry("root-named-scsi", new AfterBoot("root-named-scsi", Foretold.NO_ROOT)),
          Map.entry("second-root", new AfterBoot("root-not-found", Foretold.NO_ROOT)),
          Map.entry("root-not-on-disk", new AfterBoot("root-not-found", Foretold.NO_ROOT)),
          Map.entry("root-needs-initramfs", new AfterBoot("root-not-found", Foretold.NO_ROOT)),
          Map.entry(
              "root-file-system-driver-missing",
              new AfterBoot("root-file-system-driver-missing", Foretold.NO_ROOT)),
          Map.entry("init-missing", new AfterBoot("init-missing", Foretold.NO_INIT)),
          Map.entry("init-not-executable", new AfterBoot("init-not-executable", Foretold.NO_INIT)),
          Map.entry("fstab-not-on-disk", new AfterBoot("fstab-mount-failed", Foretold.NO_SERVICES)),
          Map.entry("sshd-not-executable", new AfterBoot("no-sshd", Foretold.NO_SERVICES)),
          Map.entry(
              "virtio-net-missing", new AfterBoot("network-driver-missing", Foretold.NO_ADDRESS)),
          Map.entry("second-ip", new AfterBoot("address-overruled", Foretold.NO_ADDRESS)),
          Map.entry("nobody-reads-ip", new AfterBoot("nobody-reads-ip", Foretold.NO_ADDRESS)),
          Map.entry(
              "two-owners-of-the-address",
              new AfterBoot("two-owners-of-the-address", Foretold.NO_ADDRESS)));

  private OverruledObjections() {}

  /** The proof of a rule by an objection that was overruled; empty when none foretold it. */
  static List<String> proof(String rule, EvidenceView seen) {
    return seen.facts().forced().stream()
        .map(RULES::get)
        .filter(Objects::nonNull)
        .filter(after -> after.rule().equals(rule) && after.foretold().isSo.test(seen))
        .map(after -> after.foretold().text)
        .findFirst()
        .map(List::of)
        .orElse(EvidenceView.NO);
  }
}
