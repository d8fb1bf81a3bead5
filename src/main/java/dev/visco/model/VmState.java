package dev.visco.model;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * Where a VM is in its life. Started is not ready: a VM is ready when every criterion that applies
 * is met.
 */
public enum VmState {
  CREATING,
  READY,
  /** It was ready, and its guest stands still until it is resumed. */
  PAUSED,
  FAILED,
  /** It was ready, and its machine has ended since. */
  STOPPED,
  DESTROYING,
  DESTROYED;

  /**
   * The states that may follow this one; the table in {@code docs/architecture.md} says what causes
   * each change. Every write of a state is checked against it.
   */
  public Set<VmState> next() {
    return switch (this) {
      case CREATING -> EnumSet.of(READY, FAILED, STOPPED, DESTROYING);
      case READY -> EnumSet.of(CREATING, PAUSED, STOPPED, DESTROYING);
      case PAUSED -> EnumSet.of(CREATING, READY, STOPPED, DESTROYING);
      case FAILED, STOPPED -> EnumSet.of(CREATING, DESTROYING);
      case DESTROYING -> EnumSet.of(DESTROYED);
      case DESTROYED -> EnumSet.noneOf(VmState.class);
    };
  }

  /** Whether a VM may go from this state to that one; staying is always allowed. */
  public boolean mayBecome(VmState that) {
    return this == that || next().contains(that);
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether nothing more happens to the VM until a caller asks for it. */
  public boolean isSettled() {
    return switch (this) {
      case READY, PAUSED, FAILED, STOPPED, DESTROYED -> true;
      case CREATING, DESTROYING -> false;
    };
  }
}
