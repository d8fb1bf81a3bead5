package dev.visco.diagnose;

import dev.visco.model.Advice;
import dev.visco.model.Objection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes the objections of the rules of {@link Preflight}. */
final class Objections {
  private Objections() {}

  /** An objection if {@code isSo}. */
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

  /** The same with advice that names something to do. */
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
