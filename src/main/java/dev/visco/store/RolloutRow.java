package dev.visco.store;

import org.jspecify.annotations.Nullable;

/**
 * Which release new VMs use.
 *
 * @param previous where a rollback goes, null when there is nothing to go back to
 * @param since failed creates before this do not count any more; milliseconds after the epoch
 * @param revision grows with each change
 */
public record RolloutRow(String current, @Nullable String previous, long since, long revision) {}
