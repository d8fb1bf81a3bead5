package dev.visco.lifecycle;

import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;

/** How the traffic of guests leaves their slots. */
public interface GuestEgress {
  /** Guests whose traffic leaves as that of a new slot. */
  GuestEgress NAT =
      new GuestEgress() {
        @Override
        public void apply(VmWork work, SlotIndex slot) {}

        @Override
        public void end(VmId vm, SlotIndex slot) {}
      };

  /**
   * Has a guest's traffic leave by its policy; to be called while its slot is open and before its
   * machine runs. Safe to repeat.
   */
  void apply(VmWork work, SlotIndex slot);

  /**
   * Forgets what {@link #apply} has done in a slot that was made anew, or is closed next. Safe to
   * repeat.
   */
  void end(VmId vm, SlotIndex slot);
}
