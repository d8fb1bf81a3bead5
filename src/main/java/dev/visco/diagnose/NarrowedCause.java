package dev.visco.diagnose;

import dev.visco.diagnose.Experiment.ExperimentOutcome;
import java.util.List;

/** Whether the kernel or the initramfs is at fault, once Visco's own two have made a VM work. */
final class NarrowedCause {
  private NarrowedCause() {}

  /**
   * The end of a conclusion; empty when nothing was narrowed down.
   *
   * @param differences in what the image's own two differ
   */
  static String text(List<ExperimentOutcome> outcomes, List<String> differences) {
    boolean isTried = outcomes.stream().anyMatch(one -> one.has("initramfs-alone"));
    if (!isTried && differences.isEmpty()) {
      return "";
    }
    String where =
        isTried
            ? where(isReady(outcomes, "initramfs-alone"), isReady(outcomes, "kernel-alone"))
            : "Kernel and initramfs belong together here and cannot be tried apart.";
    return " "
        + where
        + (differences.isEmpty()
            ? ""
            : " What differs: the image has " + String.join(", ", differences) + ".");
  }

  private static String where(boolean withInitramfs, boolean withKernel) {
    if (withInitramfs && !withKernel) {
      return "It works with Visco's own initramfs alone, and not with its kernel alone: the cause lies in the image's initramfs.";
    }
    if (withKernel && !withInitramfs) {
      return "It works with Visco's own kernel alone, and not with its initramfs alone: the cause lies in the image's kernel.";
    }
    return withKernel
        ? "Either of them alone is enough: the cause lies in how the image's kernel and initramfs fit together."
        : "Neither of them alone is enough: the cause lies in both.";
  }

  private static boolean isReady(List<ExperimentOutcome> outcomes, String change) {
    return outcomes.stream().anyMatch(one -> one.has(change) && one.isReady());
  }
}
