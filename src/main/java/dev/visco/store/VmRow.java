package dev.visco.store;

import dev.visco.model.VmId;
import dev.visco.model.VmState;
import org.jspecify.annotations.Nullable;

/**
 * One VM as it is stored. Times are milliseconds after the epoch.
 *
 * @param spec as JSON
 * @param image the image's digest
 * @param step the step to do next, or to undo next
 * @param wish {@code exist} or {@code destroy}; a destroy wish is read before every step
 * @param machine how to find the running machine again, as JSON
 * @param wakeAt when the conductor looks at it next, null for never
 * @param lease the token of whoever works on it
 */
public record VmRow(
    VmId id,
    String owner,
    String spec,
    String image,
    VmState state,
    String step,
    String wish,
    @Nullable Integer slot,
    @Nullable String machine,
    @Nullable Long launched,
    @Nullable String failure,
    int tries,
    @Nullable Long wakeAt,
    @Nullable String lease,
    long created,
    long changed,
    @Nullable Long ready,
    @Nullable Long expires,
    long revision) {
  public boolean isToBeDestroyed() {
    return wish.equals("destroy");
  }
}
