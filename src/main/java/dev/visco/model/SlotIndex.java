package dev.visco.model;

/**
 * The number of a network slot on one host, 0 to {@value #MAX}; everything of the slot is derived
 * from it.
 */
public record SlotIndex(int value) {
  /** The largest index: each installation has 4,096 uids, one per slot. */
  public static final int MAX = 4095;

  public SlotIndex {
    if (value < 0 || value > MAX) {
      throw Refused.invalid(
          "slot", Integer.toString(value), "is out of range", "Give 0 to " + MAX + ".");
    }
  }

  @Override
  public String toString() {
    return Integer.toString(value);
  }
}
