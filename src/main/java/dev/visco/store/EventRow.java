package dev.visco.store;

import org.jspecify.annotations.Nullable;

/**
 * An event for operators, as it is stored.
 *
 * @param at milliseconds after the epoch
 * @param vm the VM that it concerns, null for none
 */
public record EventRow(long id, long at, String kind, @Nullable String vm, String text) {
  /** Kinds of events, for scripts. */
  public static final String CANARY_MET = "canary-met";

  public static final String CANARY_FAILED = "canary-failed";
  public static final String ROLLED_BACK = "rolled-back";
  public static final String ROLLED_BACK_AUTOMATICALLY = "rolled-back-automatically";
  public static final String ROLLBACK_WITHHELD = "rollback-withheld";
}
