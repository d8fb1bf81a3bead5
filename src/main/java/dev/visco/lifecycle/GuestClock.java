package dev.visco.lifecycle;

/**
 * What a guest needs after it stood still: its clock is behind by that time, and one that went back
 * to a snapshot would draw the same random numbers again.
 */
public interface GuestClock {
  /** Sets it to the host's through the guest's session, and reseeds the guest's randomness. */
  void set(VmWork work);

  /** The same after a restore, of which the guest's programs are told. */
  default void restored(VmWork work) {
    set(work);
  }
}
