package dev.visco.model;

import java.util.Arrays;
import java.util.Locale;

/** What the disk of a snapshot is consistent with. */
public enum SnapshotConsistency {
  /** With memory and devices, of the same moment. */
  MEMORY,
  /** There is no memory; the guest's file systems were frozen while the disk was copied. */
  FROZEN,
  /**
   * There is no memory; the guest wrote what it had to its disk and was then paused. At the next
   * boot its journal mends what it wrote in between.
   */
  SYNCED,
  /** There is no memory; the VM was stopped. */
  STOPPED,
  /**
   * There was memory, which went once nothing was to start from it any more. The disk is as after a
   * power failure; others lie over it.
   */
  CRASH;

  /** Whether there is memory beside the disk. */
  public boolean hasMemory() {
    return this == MEMORY;
  }

  /** The word in rows and answers. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** That of this word; an {@link IllegalArgumentException} for any other. */
  public static SnapshotConsistency of(String word) {
    return Arrays.stream(values())
        .filter(one -> one.word().equals(word))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no consistency: " + word));
  }
}
