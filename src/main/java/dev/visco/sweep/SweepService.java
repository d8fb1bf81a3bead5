package dev.visco.sweep;

import java.util.List;

/** What the API asks of the sweep. */
public interface SweepService {
  /** Every kernel object, process, file and rule that is ours by name or lies in our place. */
  List<Sweep.SweepFinding> plan();

  /** Removes what nothing owns any more, and says what that was. */
  List<Sweep.SweepFinding> run();
}
