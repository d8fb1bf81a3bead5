package dev.visco.model;

import java.util.Locale;

/**
 * Where a VM is in its life. Started is not ready: a VM is ready when every criterion that applies
 * is met.
 */
public enum VmState {
  CREATING,
  READY,
  /** It was ready, and stands still until it is resumed. */
  PAUSED,
  FAILED,
  /** It was ready, and its machine has ended since. */
  STOPPED,
  DESTROYING,
  DESTROYED;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether nothing more happens to it unless somebody wishes it. */
  public boolean isSettled() {
    return switch (this) {
      case READY, PAUSED, FAILED, STOPPED, DESTROYED -> true;
      case CREATING, DESTROYING -> false;
    };
  }
}
