package dev.visco.model;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where a VM is in its life. Started is not ready: a VM is ready when every criterion that applies
 * is met.
 */
public enum VmState {
  CREATING,
  /** It was created before, and boots again on the disk that it has. */
  STARTING,
  READY,
  /** It was ready, and its guest stands still until it is resumed. */
  PAUSED,
  FAILED,
  /** Its guest is asked to shut down, and its machine ended. */
  STOPPING,
  /** It has no machine, and all else that it had. */
  STOPPED,
  /** As stopped, and what it had in memory is on the disk, where it goes on from. */
  SUSPENDED,
  /** As suspended, and it goes on by itself when somebody needs it. */
  ASLEEP,
  /** As stopped, with its disk compressed; it boots from it by itself when somebody needs it. */
  ARCHIVED,
  DESTROYING,
  DESTROYED;

  /**
   * The states that may follow this one; the table in {@code docs/architecture.md} says what causes
   * each change. Every write of a state is checked against it.
   */
  public Set<VmState> next() {
    return switch (this) {
      case CREATING -> EnumSet.of(READY, FAILED, STOPPING, STOPPED, DESTROYING);
      case STARTING -> EnumSet.of(READY, FAILED, STOPPING, STOPPED, DESTROYING);
      case READY ->
          EnumSet.of(
              CREATING, STARTING, PAUSED, FAILED, STOPPING, STOPPED, SUSPENDED, ASLEEP, DESTROYING);
      case PAUSED ->
          EnumSet.of(CREATING, STARTING, READY, FAILED, STOPPING, STOPPED, SUSPENDED, DESTROYING);
      case STOPPING -> EnumSet.of(STARTING, STOPPED, DESTROYING);
      case FAILED, STOPPED -> EnumSet.of(CREATING, STARTING, DESTROYING);
      case SUSPENDED -> EnumSet.of(STARTING, STOPPING, STOPPED, ASLEEP, DESTROYING);
      case ASLEEP -> EnumSet.of(STARTING, STOPPING, STOPPED, SUSPENDED, ARCHIVED, DESTROYING);
      case ARCHIVED -> EnumSet.of(STARTING, DESTROYING);
      case DESTROYING -> EnumSet.of(DESTROYED);
      case DESTROYED -> EnumSet.noneOf(VmState.class);
    };
  }

  /** Whether a VM may go from this state to that one; staying is always allowed. */
  public boolean mayBecome(VmState that) {
    return this == that || next().contains(that);
  }

  /** Parses {@link #word}; refused as {@code state} when it is none. */
  public static VmState of(String word) {
    for (VmState state : values()) {
      if (state.word().equals(word)) {
        return state;
      }
    }
    throw Refused.invalid(
        "state",
        word,
        "is no state of a VM",
        "Known are "
            + Arrays.stream(values()).map(VmState::word).collect(Collectors.joining(", "))
            + ".");
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether it has no machine, and its memory is on the disk. */
  public boolean hasSavedMemory() {
    return this == SUSPENDED || this == ASLEEP;
  }

  /** Whether it goes on or boots by itself when somebody needs it. */
  public boolean isWokenByNeed() {
    return this == ASLEEP || this == ARCHIVED;
  }

  /** Whether nothing more happens to the VM until a caller asks for it. */
  public boolean isSettled() {
    return switch (this) {
      case READY, PAUSED, FAILED, STOPPED, SUSPENDED, ASLEEP, ARCHIVED, DESTROYED -> true;
      case CREATING, STARTING, STOPPING, DESTROYING -> false;
    };
  }
}
