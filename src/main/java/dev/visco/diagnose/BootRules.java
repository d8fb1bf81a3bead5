package dev.visco.diagnose;

import java.util.List;
import java.util.stream.Stream;

/**
 * What makes a boot fail: one table, in the order of the chain of cause from the VMM to the guest's
 * services. Where several match, the first is the cause and the others are its consequences.
 */
final class BootRules {
  /** All rules; the place of a rule in it is its place in the chain. */
  static final List<BootRule> TABLE =
      Stream.of(
              MachineRules.TABLE,
              DiskRules.TABLE,
              InitRules.TABLE,
              NetworkRules.TABLE,
              OutsideRules.TABLE,
              DesktopRules.TABLE,
              ServiceRules.TABLE,
              BoundRules.TABLE)
          .flatMap(List::stream)
          .toList();

  private BootRules() {}
}
