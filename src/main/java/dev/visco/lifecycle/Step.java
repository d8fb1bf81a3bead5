package dev.visco.lifecycle;

import dev.visco.model.StepName;

/**
 * One step of a VM's creation and, in the same file, how it is undone. Both are safe to repeat,
 * also after half of them.
 */
public interface Step {
  StepName name();

  Outcome advance(VmWork work);

  /**
   * Called once {@link #advance} has thrown as often as it may.
   *
   * @param why what it said, as a sentence
   * @return what is recorded of it
   */
  default Outcome.Failed gaveUp(VmWork work, String why) {
    return new Outcome.Failed(why);
  }

  /**
   * Removes whatever {@link #advance} may have left, in whole or in part. Throws when that did not
   * work; it is tried again.
   */
  void undo(VmWork work);
}
