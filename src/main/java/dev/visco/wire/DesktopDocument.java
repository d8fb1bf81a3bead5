package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * The status of a VM's desktop.
 *
 * @param desktop whether its image has one
 * @param viewers the number of its viewers now
 * @param failure why the VM failed or stopped, in a sentence; left out when it did not
 * @param diagnosis why, for a VM that failed or stopped
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DesktopDocument(
    String vmId,
    String userId,
    String vmType,
    String state,
    String step,
    boolean desktop,
    int viewers,
    @Nullable String failure,
    @Nullable Why diagnosis) {
  /** A cause and its remedy. */
  public record Why(String cause, String remedy) {}
}
