package dev.visco.diagnose;

import dev.visco.model.Remedy;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One cause of a boot that fails.
 *
 * @param id its name, for scripts, tests and {@code docs/failures.md}
 * @param proof the lines and facts that show it, empty when it does not apply
 * @param isCertain whether that proof allows no other cause
 * @param cause in a sentence or two
 * @param remedy what to do, in words
 * @param action the first thing to do, null when it is nothing that Visco or a command can do;
 *     {@code %vm} stands for the VM, {@code %netns} for its slot's namespace
 * @param source where the fact comes from
 */
record BootRule(
    String id,
    Function<EvidenceView, List<String>> proof,
    boolean isCertain,
    String cause,
    String remedy,
    @Nullable Remedy action,
    String source) {
  /** One with words alone. */
  BootRule(
      String id,
      Function<EvidenceView, List<String>> proof,
      boolean isCertain,
      String cause,
      String remedy,
      String source) {
    this(id, proof, isCertain, cause, remedy, null, source);
  }
}
