package dev.visco.store;

import dev.visco.model.TokenRole;
import org.jspecify.annotations.Nullable;

/**
 * One request that changed something or opened a guest.
 *
 * @param at milliseconds after the epoch, when it began
 * @param caller the token's name, or whose desktop's link it was
 * @param role what a token was allowed; null for a desktop's link or page
 * @param owner the user on whose behalf it was; null for operators
 * @param address where it came from
 * @param route the path with names in braces
 * @param target the path that was called, without its query
 * @param vm that it was about, if it was about one
 * @param status of the answer; null while it is being done, and for ever when the daemon ended
 *     meanwhile
 */
public record AuditRow(
    long id,
    long at,
    String caller,
    @Nullable TokenRole role,
    @Nullable String owner,
    String address,
    String method,
    String route,
    String target,
    @Nullable String vm,
    @Nullable Integer status) {}
