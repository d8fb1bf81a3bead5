package dev.visco.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The steps from asked for to ready, in their order; a VM that is destroyed goes through them
 * backwards. Their words stand in rows and reports: a step is never renamed.
 */
public enum StepName {
  OPEN_NETWORK,
  PREPARE_DISK,
  LAUNCH_MACHINE,
  VERIFY_BOOT;

  /** The step that a new VM begins with. */
  public static StepName first() {
    return values()[0];
  }

  /** The step after which a VM is ready, and the first one to be undone. */
  public static StepName last() {
    return values()[values().length - 1];
  }

  /** The step of this word; empty for one that this version of Visco does not know. */
  public static Optional<StepName> find(String word) {
    return Arrays.stream(values()).filter(step -> step.word().equals(word)).findFirst();
  }

  /** The step after this one; empty after the last. */
  public Optional<StepName> next() {
    return Arrays.stream(values()).filter(step -> step.compareTo(this) > 0).findFirst();
  }

  /**
   * Whether it is part of the boot: it takes processor time, and a release's VMM shows here whether
   * it works. Before, nothing of the VMM has run yet.
   */
  public boolean isBoot() {
    return switch (this) {
      case OPEN_NETWORK, PREPARE_DISK -> false;
      case LAUNCH_MACHINE, VERIFY_BOOT -> true;
    };
  }

  /** As in rows and answers: {@code launch-machine}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
