package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Somebody looked at a VM's desktop.
 *
 * @param from address and port, as the daemon saw them
 * @param ended left out while it lasts
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ViewDocument(
    String vmId,
    String user,
    String from,
    boolean viewOnly,
    Instant began,
    @Nullable Instant ended) {}
