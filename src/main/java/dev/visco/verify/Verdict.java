package dev.visco.verify;

/** The verdict on one criterion, with the line or fact that proves it. */
public sealed interface Verdict {
  /** The evidence, the blocker or the reason. */
  String text();

  /** The criterion is met; the text proves it. */
  record Met(String text) implements Verdict {}

  /** The criterion is not met; the text proves it. */
  record NotMet(String text) implements Verdict {}

  /** The criterion cannot be judged yet; the text says what is missing before. */
  record NotReached(String text) implements Verdict {}

  /** The criterion does not apply to this VM; the text says why. */
  record NotApplicable(String text) implements Verdict {}
}
