package dev.visco.diagnose;

import java.util.List;
import java.util.function.Function;

/**
 * One cause of a boot that fails.
 *
 * @param id its name, for scripts, tests and {@code docs/failures.md}
 * @param proof the lines and facts that show it, empty when it does not apply
 * @param isCertain whether that proof allows no other cause
 * @param cause in a sentence or two
 * @param remedy what to do, and how to type it after a bar, where {@code %vm} is the VM
 * @param source where the fact comes from
 */
record BootRule(
    String id,
    Function<EvidenceView, List<String>> proof,
    boolean isCertain,
    String cause,
    String remedy,
    String source) {
  /** What to do. */
  String remedyText() {
    return remedy.split("\\|", 2)[0].strip();
  }

  /** How to type it, empty when there is nothing to type. */
  String command() {
    String[] parts = remedy.split("\\|", 2);
    return parts.length < 2 ? "" : parts[1].strip();
  }
}
