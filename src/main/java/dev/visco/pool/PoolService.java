package dev.visco.pool;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What pools there are, and how they are. */
public interface PoolService {
  /** The pools of all types that have one, by the types' names. */
  List<PoolStatus> pools();

  /**
   * How one type's pool is.
   *
   * @param size how many are to wait
   * @param ready how many wait
   * @param starting how many are being made
   * @param failed how many could not be made, and are kept with their evidence
   * @param template the snapshot from which they are made; null while there is none
   * @param oldest since when the one waits that has waited longest; null when none does
   * @param taken how often one was taken
   * @param cloned how often none waited, and one was made from the template for whoever asked
   * @param booted how often there was no template either
   * @param other how often another machine was asked for than those that wait
   * @param problem why there are fewer than there should be, or why they are not given to users;
   *     null when nothing is wrong
   */
  record PoolStatus(
      String type,
      int size,
      int ready,
      int starting,
      int failed,
      @Nullable String template,
      @Nullable Instant oldest,
      long taken,
      long cloned,
      long booted,
      long other,
      @Nullable String problem) {}
}
