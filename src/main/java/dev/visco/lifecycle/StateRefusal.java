package dev.visco.lifecycle;

import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.store.VmRow;

/** Refuses what cannot be done to a VM in its present state. */
public final class StateRefusal {
  private StateRefusal() {}

  /**
   * The refusal.
   *
   * @param what was to be done with it, like {@code started}
   * @param advice what can be done instead, in that state
   */
  public static Refused of(VmRow row, String what, Advice advice) {
    return new Refused(
        new Refusal.Conflict(
            "The VM " + row.id() + " is " + row.state().word() + " and cannot be " + what + ".",
            advice));
  }
}
