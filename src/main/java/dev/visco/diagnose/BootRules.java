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
              RootRules.TABLE,
              InitRules.TABLE,
              SystemdRules.TABLE,
              NetworkRules.TABLE,
              TrafficRules.OF_ADDRESS,
              CloudInitRules.TABLE,
              NetworkRules.OF_IMAGE,
              OutsideRules.TABLE,
              DesktopRules.TABLE,
              ContainerRules.TABLE,
              ServiceRules.TABLE,
              TrafficRules.OF_SERVICES,
              ServiceRules.OF_UNREACHED,
              TrafficRules.OF_SILENCE,
              ServiceRules.OF_TIME,
              BoundRules.TABLE)
          .flatMap(List::stream)
          .toList();

  private BootRules() {}
}
