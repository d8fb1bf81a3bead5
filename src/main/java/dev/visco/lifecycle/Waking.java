package dev.visco.lifecycle;

import dev.visco.model.Advice;
import dev.visco.model.DesiredState;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has VMs that are asleep or archived go on when somebody needs them. */
public final class Waking {
  /** How long a request waits for a VM that goes on; by software emulation it takes seconds. */
  public static final Duration MAX = Duration.ofSeconds(30);

  private static final Logger LOG = LoggerFactory.getLogger(Waking.class);
  private static final Duration RETRY = Duration.ofSeconds(5);

  private final VmViews views;
  private final Suspensions suspensions;
  private final Archives archives;
  private final Waiting waiting;
  private final Duration max;

  /**
   * VMs that were woken here and were not seen awake since, with the revision that they were woken
   * at. Those that boot from their disks cannot be told by their rows from others that are started.
   */
  private final Map<VmId, Long> begun = new ConcurrentHashMap<>();

  /** {@link ChangeSignal#await}. */
  interface Waiting {
    void await(Collection<VmId> ids, Duration max, BooleanSupplier thing)
        throws InterruptedException;
  }

  public Waking(VmViews views, Suspensions suspensions, Archives archives, ChangeSignal changes) {
    this(views, suspensions, archives, changes::await, MAX);
  }

  Waking(VmViews views, Suspensions suspensions, Archives archives, Waiting waiting, Duration max) {
    this.views = views;
    this.suspensions = suspensions;
    this.archives = archives;
    this.waiting = waiting;
    this.max = max;
  }

  /**
   * The VM as it is once it is awake. One that is asleep goes on, an archived one boots, and all
   * who ask meanwhile wait for that; so does one that is just being put to sleep, once it is. Any
   * other one is returned as it is, for one look at its row.
   *
   * @throws Refused when there is no such VM, when it may not go on, or when it is not ready within
   *     the time that a request waits; it goes on all the same
   */
  public Vm awake(VmId id) {
    VmRow now = views.row(id);
    if (!suspensions.isFallingAsleep(id) && !isAwaking(now)) {
      return views.view(now);
    }
    await(id, () -> isSettled(id));
    VmRow row = views.row(id);
    if (isAwaking(row)) {
      throw new Refused(
          new Refusal.NotReadyYet(
              "The VM " + id + " is being woken, and is not ready yet.",
              RETRY,
              Advice.of("Try again, or see what it does: {}", new Remedy.ReadConsole(id.value()))));
    }
    return views.view(row);
  }

  /** Begins to wake a VM that is asleep or archived; waits for nothing. */
  public void begin(VmId id) {
    isSettled(id);
  }

  /** Whether nothing has to be waited for any more; begins to wake it, if nobody else has. */
  private boolean isSettled(VmId id) {
    if (suspensions.isFallingAsleep(id)) {
      return false; // What it would be asked now it would not hear.
    }
    VmRow row = views.row(id);
    @Nullable VmState tried = null;
    // Once more where it was archived between the two looks.
    while (row.state().isWokenByNeed() && row.state() != tried) {
      tried = row.state();
      wake(row);
      row = views.row(id);
    }
    return !isAwaking(row);
  }

  private void wake(VmRow row) {
    VmId id = row.id();
    begun.put(id, row.revision()); // First: others must not see it on its way and not know why.
    try {
      if (row.state() == VmState.ARCHIVED) {
        archives.wake(id);
      } else {
        suspensions.wake(id);
      }
    } catch (Refused e) {
      if (views.row(id).state() == row.state()) {
        begun.remove(id, row.revision());
        throw e;
      }
      LOG.debug("{}: somebody else has woken it", id, e);
    }
  }

  /** Also where it boots from its disk, since there is no memory of it that can be used. */
  private boolean isAwaking(VmRow row) {
    boolean isOnItsWay =
        row.state() == VmState.STARTING
            || row.state() == VmState.STOPPING && row.desired() == DesiredState.EXIST;
    if (!isOnItsWay) {
      begun.computeIfPresent(row.id(), (id, at) -> row.revision() > at ? null : at);
    }
    return row.state().isWokenByNeed()
        || Rows.isResuming(row)
        || isOnItsWay && begun.containsKey(row.id());
  }

  private void await(VmId id, BooleanSupplier thing) {
    try {
      waiting.await(Set.of(id), max, thing);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
