package dev.visco.rollout;

import dev.visco.model.Progress;
import dev.visco.vmm.release.ReleaseRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Manages the VMM releases of this host, and which of them new VMs use. Every call throws {@link
 * dev.visco.model.Refused} for a request that cannot be fulfilled.
 */
public interface RolloutService {
  /** The host's QEMU first, then in the order in which they were added. */
  List<ReleaseView> releases();

  ReleaseView release(String name);

  ReleaseView add(ReleaseRequest request, Progress progress);

  void remove(String name);

  /** Boots a canary of every type on a release and records the result; changes nothing else. */
  Canaries.CanaryReport canary(String name, Progress progress);

  /**
   * What {@link #use} would do.
   *
   * @param obstacles why it would be refused without force
   * @param canaries types of which a canary would be booted
   * @param keep VMs that stay on another release
   * @param snapshots snapshots that were written by another release
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

  /** A VM that stays on its release. */
  record Kept(String vm, String user, String state, String release) {}

  /** A snapshot that stays with the release that wrote it. */
  record Pinned(String snapshot, String vm, String release, int format) {}

  Plan plan(String name);

  /**
   * The result of a change of the release in use.
   *
   * @param isChanged false when a canary did not meet its criteria, or it was in use already
   * @param current the release that new VMs use now
   * @param canaries results of the canaries; null when none ran
   */
  record ReleaseChange(
      boolean isChanged,
      String current,
      @Nullable String previous,
      Canaries.@Nullable CanaryReport canaries) {}

  /**
   * Has new VMs use this release, if a canary of every type meets all of its criteria on it.
   * Existing VMs stay on their release.
   *
   * @param force whether to accept the obstacles of {@link #plan}
   */
  ReleaseChange use(String name, boolean force, Progress progress);

  /** Has new VMs use the previous release again, at once and without canaries. */
  ReleaseChange rollBack();
}
