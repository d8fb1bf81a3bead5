package dev.visco.verify;

import java.util.SequencedMap;

/** Decides the criteria from facts; does no I/O and never waits. */
public final class BootVerification {
  private BootVerification() {}

  /** A verdict for every criterion, in order. */
  public static SequencedMap<Criterion, Verdict> verdicts(BootFacts facts) {
    throw new UnsupportedOperationException();
  }
}
