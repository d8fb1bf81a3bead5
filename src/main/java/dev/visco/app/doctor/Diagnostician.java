package dev.visco.app.doctor;

import java.util.List;
import java.util.stream.Stream;

/** Draws findings from the facts of a host. */
public final class Diagnostician {
  private Diagnostician() {}

  /** A finding for each check, in the order in which a VM needs them. */
  public static List<Finding> findings(HostFacts facts) {
    return Stream.of(MachineChecks.of(facts), NetworkChecks.of(facts), ResourceChecks.of(facts))
        .flatMap(List::stream)
        .toList();
  }
}
