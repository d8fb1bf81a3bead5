package dev.visco.store;

import dev.visco.model.VmId;
import org.jspecify.annotations.Nullable;

/**
 * A view of a VM's desktop. Times are milliseconds after the epoch.
 *
 * @param address the viewer's, with its port
 * @param ended null while the viewer is connected
 */
public record ViewRow(
    long id,
    VmId vm,
    String viewer,
    String address,
    boolean viewOnly,
    long began,
    @Nullable Long ended) {}
