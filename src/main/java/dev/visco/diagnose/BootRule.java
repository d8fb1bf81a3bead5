package dev.visco.diagnose;

import dev.visco.model.Remedy;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A rule of the diagnosis: one cause of a failing boot.
 *
 * @param id its name, for scripts, tests and {@code docs/failures.md}
 * @param proof finds the lines and facts that prove it; empty when the rule does not match
 * @param isCertain whether that proof, by all that was seen, excludes every other cause
 * @param cause the cause, in a sentence or two
 * @param remedy what to do, for people
 * @param action the first step of the remedy; null when neither Visco nor a command can do it.
 *     {@code %vm} stands for the VM, {@code %netns} for its slot's namespace
 * @param source where the knowledge comes from
 */
record BootRule(
    String id,
    Function<EvidenceView, List<String>> proof,
    Predicate<EvidenceView> isCertain,
    String cause,
    String remedy,
    @Nullable Remedy action,
    String source) {
  /** A rule that is certain always or never. */
  BootRule(
      String id,
      Function<EvidenceView, List<String>> proof,
      boolean isCertain,
      String cause,
      String remedy,
      @Nullable Remedy action,
      String source) {
    this(id, proof, seen -> isCertain, cause, remedy, action, source);
  }

  /** A rule without an action, certain by what was seen. */
  BootRule(
      String id,
      Function<EvidenceView, List<String>> proof,
      Predicate<EvidenceView> isCertain,
      String cause,
      String remedy,
      String source) {
    this(id, proof, isCertain, cause, remedy, null, source);
  }

  /** A rule without an action. */
  BootRule(
      String id,
      Function<EvidenceView, List<String>> proof,
      boolean isCertain,
      String cause,
      String remedy,
      String source) {
    this(id, proof, seen -> isCertain, cause, remedy, null, source);
  }
}
