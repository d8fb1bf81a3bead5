package dev.visco.diagnose;

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
    return isSo
        ? Optional.of(new Objection(rule, field, value, cause, remedy, corrected))
        : Optional.empty();
  }
}
