package dev.visco.lifecycle;

import dev.visco.store.VmRow;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** The result of one try at a step. */
public sealed interface Outcome {
  /** The step is done; {@code change} records in the row what later steps need. */
  record Done(UnaryOperator<VmRow> change) implements Outcome {
    /** Records nothing. */
    public static Done plain() {
      return new Done(row -> row);
    }
  }

  /** Not done yet: to be tried again after {@code delay}. */
  record Again(Duration delay, String why) implements Outcome {}

  /**
   * The step has failed for good.
   *
   * @param why for the user
   * @param change records in the row what a diagnosis needs
   */
  record Failed(String why, UnaryOperator<VmRow> change) implements Outcome {
    /** Records nothing but why. */
    public Failed(String why) {
      this(why, row -> row);
    }
  }
}
