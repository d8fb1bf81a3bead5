package dev.visco.wire;

import org.jspecify.annotations.Nullable;

/**
 * A request to deliver a credential.
 *
 * @param vm the VM that is to have it, by name or id; left out for those that should have it anyway
 * @param unchoose true to take back that this VM was named before, or without one that any was
 */
public record DeliverRequest(@Nullable String vm, @Nullable Boolean unchoose) {}
