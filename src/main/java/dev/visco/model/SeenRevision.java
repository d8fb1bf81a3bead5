package dev.visco.model;

import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The revisions of a VM that a caller's change is meant for ({@code If-Match}), bound while the
 * change is made. They are compared within the transaction that makes it, so that no other change
 * comes in between. A change in several transactions is compared in the first.
 */
public final class SeenRevision {
  private static final ScopedValue<SeenRevision> CURRENT = ScopedValue.newInstance();
  private final Set<Long> revisions;
  private final AtomicBoolean isCompared = new AtomicBoolean();

  private SeenRevision(Set<Long> revisions) {
    this.revisions = Set.copyOf(revisions);
  }

  /**
   * Does the work, whose change is refused unless the VM has one of these revisions.
   *
   * @param revisions null for whatever it has
   */
  public static void run(@Nullable Set<Long> revisions, Caller.CallerWork work) throws Exception {
    if (revisions == null) {
      work.run();
      return;
    }
    ScopedValue.where(CURRENT, new SeenRevision(revisions))
        .call(() -> {
          work.run();
          return true;
        });
  }

  /** Refuses a change of a VM that has another revision than the caller has seen. */
  public static void require(VmId vm, long revision) {
    if (!CURRENT.isBound()) {
      return;
    }
    SeenRevision seen = CURRENT.get();
    if (!seen.isCompared.getAndSet(true) && !seen.revisions.contains(revision)) {
      throw new Refused(
          new Refusal.Outdated(
              "The VM " + vm + " has changed: its revision is " + revision + ".",
              "Read it again, and send its new ETag in If-Match."));
    }
  }
}
