package dev.visco.verify;

/** What was found for one criterion, with the line or fact that shows it. */
public sealed interface Verdict {
  /** The evidence, the blocker or the reason. */
  String text();

  /** It is met, and this shows it. */
  record Met(String text) implements Verdict {}

  /** It is not met, and this shows it. */
  record NotMet(String text) implements Verdict {}

  /** It could not be asked yet: something before it is missing. */
  record NotReached(String text) implements Verdict {}

  /** It does not apply to this VM, and this is why. */
  record NotApplicable(String text) implements Verdict {}
}
