package dev.visco.store;

import dev.visco.model.UserState;

/**
 * A user of VMs as it is stored; times are milliseconds after the epoch.
 *
 * @param labels as JSON
 * @param quota as JSON
 */
public record UserRow(
    String id, String labels, String quota, UserState state, long created, long changed) {}
