package dev.visco.lifecycle;

import dev.visco.model.StepName;

/**
 * One step of a VM's creation, and in the same class how it is undone. Both are safe to repeat,
 * also after a try that was interrupted half-way.
 */
public interface Step {
  StepName name();

  Outcome advance(VmWork work);

  /**
   * Called when {@link #advance} has thrown for the last time that it is tried.
   *
   * @param why the exception's message, as a sentence
   * @return the failure to record
   */
  default Outcome.Failed gaveUp(VmWork work, String why) {
    return new Outcome.Failed(why);
  }

  /**
   * Removes whatever {@link #advance} may have left, in whole or in part. Throws when that fails;
   * it is then tried again.
   */
  void undo(VmWork work);
}
