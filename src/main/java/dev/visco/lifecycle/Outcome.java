package dev.visco.lifecycle;

import dev.visco.store.VmRow;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** How one try at a step ended. */
public sealed interface Outcome {
  /** It is done; {@code change} records what later steps must know. */
  record Done(UnaryOperator<VmRow> change) implements Outcome {
    /** Nothing needs to be recorded. */
    public static Done plain() {
      return new Done(row -> row);
    }
  }

  /** Not yet: look again after {@code delay}. */
  record Again(Duration delay, String why) implements Outcome {}

  /** It cannot be; {@code why} is for the user, {@code change} records what a look at it needs. */
  record Failed(String why, UnaryOperator<VmRow> change) implements Outcome {
    /** Nothing needs to be recorded but why. */
    public Failed(String why) {
      this(why, row -> row);
    }
  }
}
