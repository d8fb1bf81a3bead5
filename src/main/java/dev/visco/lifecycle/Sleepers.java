package dev.visco.lifecycle;

import dev.visco.model.Refused;

/** Knows which VMs may sleep, so that another one fits. */
public interface Sleepers {
  /** Nobody knows. */
  Sleepers NONE = refused -> refused;

  /**
   * The same refusal, with advice which VMs would have to sleep so that it would not be made; as it
   * is where that is of no use.
   */
  Refused advised(Refused refused);
}
