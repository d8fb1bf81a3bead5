package dev.visco.diagnose;

import dev.visco.model.Advice;
import dev.visco.model.Objection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What all rules of {@link Preflight} say in the same way. */
final class Objections {
  private Objections() {}

  /** An objection where {@code isSo}. */
  static Optional<Objection> when(
      boolean isSo,
      String rule,
      String field,
      String value,
      String cause,
      String remedy,
      @Nullable String corrected) {
    return when(isSo, rule, field, value, cause, Advice.words(remedy), corrected);
  }

  /** The same where Visco can do what is advised. */
  static Optional<Objection> when(
      boolean isSo,
      String rule,
      String field,
      String value,
      String cause,
      Advice advice,
      @Nullable String corrected) {
    return isSo
        ? Optional.of(new Objection(rule, field, value, cause, advice, corrected))
        : Optional.empty();
  }
}
