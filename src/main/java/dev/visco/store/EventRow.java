package dev.visco.store;

import org.jspecify.annotations.Nullable;

/**
 * Something that an operator should know of, as it is stored.
 *
 * @param at milliseconds after the epoch
 * @param vm the VM that it is about, null for none
 */
public record EventRow(long id, long at, String kind, @Nullable String vm, String text) {}
