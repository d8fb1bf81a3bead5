package dev.visco.store;

import dev.visco.model.VmId;
import org.jspecify.annotations.Nullable;

/**
 * A link to a port of a guest.
 *
 * @param creator the name of the token that made it
 * @param token the digest of the token that it ends with; null for none
 * @param created milliseconds after the epoch, as {@code expires}
 */
public record LinkRow(
    String id,
    VmId vm,
    int port,
    String creator,
    @Nullable String token,
    long created,
    long expires) {}
