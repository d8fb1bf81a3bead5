package dev.visco.lifecycle;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs pieces of work one after another; one that fails does not keep the others from running. */
public final class Attempts {
  private static final Logger LOG = LoggerFactory.getLogger(Attempts.class);
  private final List<String> failures = new ArrayList<>();

  /**
   * Runs one piece; an exception is logged and remembered.
   *
   * @param what its name for people, like {@code close slot 3}
   */
  public void attempt(String what, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      LOG.warn("{} failed; the remaining work continues", what, e);
      add(what + ": " + e.getMessage());
    }
  }

  /** Adds a failure that was found elsewhere. */
  public void add(String failure) {
    failures.add(failure);
  }

  /** What failed, for people, in order; empty when nothing did. */
  public List<String> failures() {
    return List.copyOf(failures);
  }
}
