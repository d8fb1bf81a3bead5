package dev.visco.diagnose;

import dev.visco.model.Objection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Finds out whether a planned boot would fail, before anything is started. Each rule is decided by
 * the plan alone and objects only when it is certain: what is not known is no reason to refuse.
 */
public final class Preflight {
  /** The rule that objects to a VMM release with known vulnerabilities. */
  public static final String VULNERABLE = VmmObjections.VULNERABLE;

  /** In the order of a boot. */
  private static final List<Function<BootPlan, Optional<Objection>>> RULES =
      List.of(
          VmmObjections::pciUnsupported,
          VmmObjections::vulnerable,
          VmmObjections::kernelNotElf,
          VmmObjections::optionUnsupported,
          VmmObjections::vsockNotInImage,
          VmmObjections::toolsLost,
          VmmObjections::diskFull,
          VmmObjections::forwardingOff,
          VmmObjections::forwardDropped,
          KernelObjections::memoryBelowKernel,
          KernelObjections::memoryBelowImage,
          ArgumentObjections::pciSwitchedOff,
          ArgumentObjections::acpiSwitchedOff,
          ArgumentObjections::apicSwitchedOff,
          ArgumentObjections::modulesSwitchedOff,
          KernelObjections::transportDriverMissing,
          KernelObjections::modulesOfAnotherKernel,
          KernelObjections::blockDriverMissing,
          KernelObjections::networkDriverMissing,
          RootObjections::namedScsi,
          RootObjections::several,
          RootObjections::notOnDisk,
          RootObjections::needsInitramfs,
          KernelObjections::fileSystemDriverMissing,
          ArgumentObjections::consoleElsewhere,
          ArgumentObjections::nobodyReadsIp,
          ArgumentObjections::secondIp,
          ArgumentObjections::twoOwnersOfTheAddress);

  private Preflight() {}

  /** Rules about the host, whatever the VM is. */
  private static final Set<String> OF_HOST =
      Set.of("disk-full", "forwarding-off", OutsideRules.FORWARD_DROPPED);

  /** Whether an objection of this rule is about the host, and none of the VM's making. */
  public static boolean isOfHost(String rule) {
    return OF_HOST.contains(rule);
  }

  /** Everything that certainly keeps it from booting; empty when nothing does. */
  public static List<Objection> objections(BootPlan plan) {
    var found = new ArrayList<Objection>();
    RULES.forEach(rule -> rule.apply(plan).ifPresent(found::add));
    found.addAll(RootObjections.problems(plan));
    return found;
  }
}
