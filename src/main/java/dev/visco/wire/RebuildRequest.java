package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/vms/ID/rebuild}; it may be left out.
 *
 * @param image the image for the new root disk, left out for that which has the name of the VM's
 *     present one
 * @param force whether to boot it although the preflight objects
 * @param grace how long the guest has to shut down, like {@code 30s}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RebuildRequest(
    @Nullable String image, @Nullable Boolean force, @Nullable String grace) {
  /** Whether it overrules the preflight's objections. */
  public boolean overrules() {
    return Boolean.TRUE.equals(force);
  }
}
