package dev.visco.network;

import dev.visco.model.Rate;
import dev.visco.model.SlotIndex;
import java.util.List;

/** Makes network slots and takes them away; every method is safe to repeat. */
public interface Slots {
  /** Makes it, or makes it anew: nothing of an earlier guest is left in it. */
  void open(SlotIndex index);

  /**
   * What of the slot is not as {@link #open} made it, a sentence each; empty for one in order. For
   * a slot that no VM has yet: a VM's own has other rates and may be cut off. Takes a few
   * milliseconds.
   */
  List<String> faults(SlotIndex index);

  /**
   * What the slot's guest may move in each direction, from now on until the slot is made anew; at
   * first that is {@link dev.visco.model.MachineOptions#NETWORK}.
   */
  void limit(SlotIndex index, Rate rate);

  /** Removes it, whole or in part. */
  void close(SlotIndex index);
}
