package dev.visco.diagnose;

import dev.visco.diagnose.Experiment.ExperimentOutcome;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Causes that copies have contradicted: a copy without what the cause accuses fails in the same
 * way, or one that still has it works.
 */
final class Contradictions {
  private static final Set<String> OF_BOOT =
      Set.of("kernel", "initramfs-alone", "kernel-alone", "transport", "boot-args");

  /** The changes that remove what a rule accuses; of other rules that is not known. */
  private static final Map<String, Set<String>> REMOVED_BY =
      Map.ofEntries(
          Map.entry("virtio-blk-missing", OF_BOOT),
          Map.entry("virtio-transport-missing", OF_BOOT),
          Map.entry("no-disk-found", OF_BOOT),
          Map.entry("initramfs-not-unpacked", OF_BOOT),
          Map.entry("initramfs-init-fails", OF_BOOT),
          Map.entry("modules-of-another-kernel", OF_BOOT),
          Map.entry("module-signature-rejected", OF_BOOT),
          Map.entry("root-named-scsi", Set.of("root")),
          Map.entry("acpi-switched-off", Set.of("boot-args")),
          Map.entry("apic-switched-off", Set.of("boot-args")),
          Map.entry("modules-switched-off", Set.of("boot-args", "kernel")),
          Map.entry("pci-switched-off", Set.of("boot-args", "transport")),
          Map.entry("guest-out-of-memory", Set.of("memory", "kernel", "initramfs-alone")),
          Map.entry("kernel-without-memory", Set.of("memory", "kernel", "kernel-alone")),
          Map.entry("nobody-reads-ip", Set.of("kernel", "initramfs-alone", "kernel-alone", "ip")),
          Map.entry("ip-perhaps-unread", Set.of("kernel", "initramfs-alone", "kernel-alone", "ip")),
          Map.entry("two-owners-of-the-address", Set.of("ip")));

  private Contradictions() {}

  /**
   * Whether the cause of a copy is contradicted.
   *
   * @param next the copy with one more change that came further; null when none did
   */
  static boolean isContradicted(
      String rule, @Nullable ExperimentOutcome next, List<ExperimentOutcome> outcomes) {
    Set<String> removedBy = REMOVED_BY.get(rule);
    if (removedBy == null) {
      return false;
    }
    if (next != null) {
      return next.isReady()
          && next.changes().stream().noneMatch(one -> removedBy.contains(one.name()));
    }
    return outcomes.stream()
        .anyMatch(one ->
            one.changes().size() == 1
                && removedBy.contains(one.changes().getFirst().name())
                && !isTransportOnly(one)
                && rule.equals(one.rule()));
  }

  /** Another transport may lack its driver too. */
  private static boolean isTransportOnly(ExperimentOutcome outcome) {
    return outcome.has("transport") || outcome.has("boot-args") || outcome.has("memory");
  }

  /** What the copies contradict, as the end of a conclusion; empty when they contradict nothing. */
  static String text(List<ExperimentOutcome> path, List<ExperimentOutcome> outcomes) {
    for (int at = 0; at < path.size(); at++) {
      String rule = path.get(at).rule();
      ExperimentOutcome next = at + 1 < path.size() ? path.get(at + 1) : null;
      if (rule != null && isContradicted(rule, next, outcomes)) {
        return " The diagnosis " + rule + " is contradicted by these copies.";
      }
    }
    return "";
  }
}
