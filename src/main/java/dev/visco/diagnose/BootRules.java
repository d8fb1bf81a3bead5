package dev.visco.diagnose;

import java.util.List;
import java.util.stream.Stream;

/**
 * All rules of the diagnosis, ordered along the boot from the VMM to the guest's services. If
 * several match, the first is the cause and the others are its consequences.
 */
final class BootRules {
  /** All rules, in this order. */
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
