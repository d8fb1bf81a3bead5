package dev.visco.sweep;

import java.util.List;

/** Finds and removes what Visco made on this host and nothing owns any more. */
public interface SweepService {
  /**
   * Every process, folder and kernel object of this installation, and foreign ones in its place.
   */
  List<Sweep.SweepFinding> plan();

  /** Removes the orphans; returns those that were removed. */
  List<Sweep.SweepFinding> run();
}
