package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One view of a VM's desktop.
 *
 * @param from address and port, as the daemon saw them
 * @param ended left out while the viewer is connected
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ViewDocument(
    String vmId,
    String user,
    String from,
    boolean viewOnly,
    Instant began,
    @Nullable Instant ended) {}
