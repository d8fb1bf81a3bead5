package dev.visco.lifecycle;

import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has VMs that are asleep go on when somebody needs them. */
public final class Waking {
  /** How long a request waits for a VM that goes on; by software emulation it takes seconds. */
  public static final Duration MAX = Duration.ofSeconds(30);

  private static final Logger LOG = LoggerFactory.getLogger(Waking.class);
  private static final Duration RETRY = Duration.ofSeconds(5);

  private final VmViews views;
  private final Suspensions suspensions;
  private final Waiting waiting;
  private final Duration max;

  /** {@link ChangeSignal#await}. */
  interface Waiting {
    void await(Collection<VmId> ids, Duration max, BooleanSupplier thing)
        throws InterruptedException;
  }

  public Waking(VmViews views, Suspensions suspensions, ChangeSignal changes) {
    this(views, suspensions, changes::await, MAX);
  }

  Waking(VmViews views, Suspensions suspensions, Waiting waiting, Duration max) {
    this.views = views;
    this.suspensions = suspensions;
    this.waiting = waiting;
    this.max = max;
  }

  /**
   * The VM as it is once it is awake. One that is asleep goes on, and all who ask meanwhile wait
   * for that; so does one that is just being put to sleep, once it is. Any other one is returned as
   * it is, for one look at its row.
   *
   * @throws Refused when there is no such VM, when it may not go on, or when it is not ready within
   *     the time that a request waits; it goes on all the same
   */
  public Vm awake(VmId id) {
    VmRow now = views.row(id);
    if (!suspensions.isFallingAsleep(id) && !isAwaking(now, false)) {
      return views.view(now);
    }
    var isBegun = new AtomicBoolean();
    await(id, () -> !isWaitedFor(id, isBegun));
    VmRow row = views.row(id);
    if (isAwaking(row, isBegun.get())) {
      throw new Refused(
          new Refusal.NotReadyYet(
              "The VM " + id + " was asleep, and is not ready yet.",
              RETRY,
              Advice.of("Try again, or see what it does: {}", new Remedy.ReadConsole(id.value()))));
    }
    return views.view(row);
  }

  /** Begins to wake a VM that is asleep; does nothing to any other one, and waits for nothing. */
  public void begin(VmId id) {
    isWaitedFor(id, new AtomicBoolean());
  }

  /** Whether it has to be waited for; begins to wake it, once. */
  private boolean isWaitedFor(VmId id, AtomicBoolean wasBegun) {
    if (suspensions.isFallingAsleep(id)) {
      return true; // What it would be asked now it would not hear.
    }
    VmRow row = views.row(id);
    if (row.state() == VmState.ASLEEP && wasBegun.compareAndSet(false, true)) {
      try {
        suspensions.wake(id);
      } catch (Refused e) {
        if (views.row(id).state() == VmState.ASLEEP) {
          throw e;
        }
        LOG.debug("{}: somebody else has woken it", id, e);
      }
      row = views.row(id);
    }
    return isAwaking(row, wasBegun.get());
  }

  /** Also where it boots from its disk, since its memory cannot be used. */
  private static boolean isAwaking(VmRow row, boolean wasBegun) {
    return row.state() == VmState.ASLEEP
        || Rows.isResuming(row)
        || wasBegun && (row.state() == VmState.STARTING || row.state() == VmState.STOPPING);
  }

  private void await(VmId id, BooleanSupplier thing) {
    try {
      waiting.await(Set.of(id), max, thing);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
