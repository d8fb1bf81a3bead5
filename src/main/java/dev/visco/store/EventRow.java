package dev.visco.store;

import org.jspecify.annotations.Nullable;

/**
 * An event as it is stored.
 *
 * @param at milliseconds after the epoch
 * @param kind the word of an {@link EventKind}, or of one that a newer Visco knows
 * @param vm the VM that it is about, null for none
 * @param owner the user who may see it, null for operators only
 * @param subject the name of something else that it is about, null for none
 * @param caller the name of the token that asked for it, null for what Visco did by itself
 * @param callerOwner the user whose token that is, null for an operator's
 * @param reason why it happened, null when that goes without saying
 * @param text what happened, a sentence for people
 */
public record EventRow(
    long id,
    long at,
    String kind,
    @Nullable String vm,
    @Nullable String owner,
    @Nullable String subject,
    @Nullable String caller,
    @Nullable String callerOwner,
    @Nullable String reason,
    String text) {}
