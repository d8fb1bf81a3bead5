package dev.visco.rollout;

import dev.visco.model.Progress;
import dev.visco.vmm.release.ReleaseRequest;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The releases of this host's VMMs and which of them new VMs use. Every call throws {@link
 * dev.visco.model.Refused} for what cannot be.
 */
public interface RolloutService {
  /** The host's QEMU first, then in the order in which they were added. */
  List<ReleaseView> releases();

  ReleaseView release(String name);

  ReleaseView add(ReleaseRequest request, Progress progress);

  void remove(String name);

  /** Boots a VM of every type on it and says what came of it; changes nothing else. */
  Canaries.CanaryReport canary(String name, Progress progress);

  /**
   * What {@link #use} would mean.
   *
   * @param obstacles why it would be refused without force
   * @param canaries types of which a canary would boot
   * @param keep VMs that stay on the release that runs them
   * @param snapshots those that only another release is sure to read
   */
  record Plan(
      String release,
      String current,
      @Nullable String previous,
      List<String> obstacles,
      List<String> canaries,
      List<Kept> keep,
      List<Pinned> snapshots) {
    public Plan {
      obstacles = List.copyOf(obstacles);
      canaries = List.copyOf(canaries);
      keep = List.copyOf(keep);
      snapshots = List.copyOf(snapshots);
    }
  }

  /** A VM that stays where it is. */
  record Kept(String vm, String user, String state, String release) {}

  /** A snapshot that stays with the release that wrote it. */
  record Pinned(String snapshot, String vm, String release, int format) {}

  Plan plan(String name);

  /**
   * How a change of the release in use ended.
   *
   * @param isChanged false when the canaries were not met, or it was in use already
   * @param current what new VMs use now
   * @param canaries what they have shown; null where none ran
   */
  record ReleaseChange(
      boolean isChanged,
      String current,
      @Nullable String previous,
      Canaries.@Nullable CanaryReport canaries) {}

  /**
   * New VMs use this release from now on, if a canary of every type meets all of its criteria on
   * it; running ones stay on theirs.
   *
   * @param force whether to accept what is known to be wrong with it
   */
  ReleaseChange use(String name, boolean force, Progress progress);

  /** New VMs use the previous release again, at once and without a canary. */
  ReleaseChange rollBack();

  /** Something that an operator should know of. */
  record Event(long id, Instant at, String kind, @Nullable String vm, String text) {}

  /**
   * Newest first.
   *
   * @param before only earlier ones than this id
   */
  List<Event> events(int limit, long before);

  /**
   * Oldest first: ids only rise, whatever clock or time an event has, so that whoever goes on after
   * the last one it was given misses none.
   *
   * @param after only later ones than this id
   */
  List<Event> eventsAfter(int limit, long after);
}
