package dev.visco.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The steps from the request to a ready VM, in this order; a VM that is destroyed goes through them
 * backwards. Rows and reports contain their words, so a step is never renamed.
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

  /** The step of this word; empty when this version of Visco has no such step. */
  public static Optional<StepName> find(String word) {
    return Arrays.stream(values()).filter(step -> step.word().equals(word)).findFirst();
  }

  /** The step after this one; empty after the last. */
  public Optional<StepName> next() {
    return Arrays.stream(values()).filter(step -> step.compareTo(this) > 0).findFirst();
  }

  /**
   * Whether it is part of the boot, which takes processor time and shows whether the VMM release
   * works; the steps before run nothing of the VMM.
   */
  public boolean isBoot() {
    return switch (this) {
      case OPEN_NETWORK, PREPARE_DISK -> false;
      case LAUNCH_MACHINE, VERIFY_BOOT -> true;
    };
  }

  /** The word in rows and answers, like {@code launch-machine}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
