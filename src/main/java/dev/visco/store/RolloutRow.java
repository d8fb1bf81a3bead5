package dev.visco.store;

import org.jspecify.annotations.Nullable;

/**
 * The release of new VMs.
 *
 * @param previous the release of a rollback, null for none
 * @param since failed creates before this time are not counted; milliseconds after the epoch
 * @param revision grows with each change
 */
public record RolloutRow(String current, @Nullable String previous, long since, long revision) {}
