package dev.visco.lifecycle;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Work of which each piece is tried, whatever becomes of the others. */
public final class Attempts {
  private static final Logger LOG = LoggerFactory.getLogger(Attempts.class);
  private final List<String> failures = new ArrayList<>();

  /**
   * Tries one piece; a failure is logged and remembered.
   *
   * @param what it is, for people, like {@code close slot 3}
   */
  public void attempt(String what, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      LOG.warn("{} failed; what else there is to do is done all the same", what, e);
      add(what + ": " + e.getMessage());
    }
  }

  /** Remembers something that failed by itself. */
  public void add(String failure) {
    failures.add(failure);
  }

  /** What failed, in words and in order; empty when nothing did. */
  public List<String> failures() {
    return List.copyOf(failures);
  }
}
