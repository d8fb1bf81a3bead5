package dev.visco.network;

import dev.visco.model.Rate;
import dev.visco.model.SlotIndex;
import java.util.List;

/** Creates, checks and removes network slots; every method is safe to repeat. */
public interface Slots {
  /** Creates the slot; an existing one is replaced, so that nothing of an earlier guest is left. */
  void open(SlotIndex index);

  /**
   * What differs from a slot as {@link #open} made it, a sentence each; empty for a slot in order.
   * For slots without a VM: a VM's slot may have other rate limits, or be isolated. Takes a few
   * milliseconds.
   */
  List<String> faults(SlotIndex index);

  /**
   * Limits the guest's rate in each direction until the slot is created again; a new slot has the
   * limit {@link dev.visco.model.MachineOptions#NETWORK}.
   */
  void limit(SlotIndex index, Rate rate);

  /** Removes the slot, complete or not. */
  void close(SlotIndex index);
}
