package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * Where a user's credential stands in one of their VMs.
 *
 * @param vm its id
 * @param state {@code delivered}, {@code waiting} (tried again by itself), {@code refused} (until
 *     something changes) or {@code removing} (once the VM runs)
 * @param chosen true where the VM was named for it; left out otherwise
 * @param reason left out when there is nothing to tell
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VmDeliveryDocument(
    String vm, String state, @Nullable Boolean chosen, @Nullable String reason) {}
