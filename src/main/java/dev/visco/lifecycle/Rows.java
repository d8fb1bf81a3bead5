package dev.visco.lifecycle;

import dev.visco.model.DesiredState;
import dev.visco.model.Origin;
import dev.visco.model.StepName;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Makes changed copies of a VM's row. */
public final class Rows {
  private Rows() {}

  /** Clears times of the steady clock that were recorded in an earlier boot of the host. */
  static VmRow inBoot(VmRow row, String boot) {
    if (boot.equals(row.boot())) {
      return row;
    }
    var copy = new RowCopy(row);
    copy.boot = boot;
    copy.launchedSteady = null;
    copy.expiresSteady = null;
    copy.wakeSteady = null;
    copy.startSteady = null;
    boolean hasGoneOn = isResuming(row) && row.step().equals(StepName.VERIFY_BOOT.word());
    if (hasGoneOn) {
      // Its guest has changed the disk since, which is no longer that of its memory.
      copy.restoring = null;
      copy.failure = "The host went down while it went on from its memory; it boots from its disk.";
    }
    if (isHandedOver(row)) {
      copy.ready = null; // It is verified anew, as it boots.
      copy.pool = null;
    }
    if (row.state() == VmState.CREATING || row.state() == VmState.STARTING) {
      copy.step = StepName.first().word(); // Its network and its machine went with the host.
    }
    return copy.row();
  }

  public static VmRow withSlot(VmRow row, @Nullable Integer slot) {
    var copy = new RowCopy(row);
    copy.slot = slot;
    return copy.row();
  }

  /**
   * With the machine that was launched.
   *
   * @param launched when it was launched, by the wall clock
   * @param launchedSteady the same by the steady clock
   */
  public static VmRow withMachine(
      VmRow row, @Nullable String machine, @Nullable Long launched, @Nullable Long launchedSteady) {
    var copy = new RowCopy(row);
    copy.machine = machine;
    copy.launched = launched;
    copy.launchedSteady = launchedSteady;
    return copy.row();
  }

  /** At this step, which is due now. */
  static VmRow at(VmRow row, StepName step) {
    var copy = new RowCopy(row).due().settled();
    copy.step = step.word();
    return copy.row();
  }

  /** To be booted again, from its first step on, on the disk that it has. */
  static VmRow starting(VmRow row) {
    var copy = new RowCopy(at(row, StepName.first()));
    copy.state = VmState.STARTING;
    copy.machine = null;
    copy.startSteady = null;
    copy.grace = null;
    copy.restoring = null;
    return copy.row();
  }

  /** A suspended VM that is to go on from this memory. */
  static VmRow resuming(VmRow row, String memory) {
    var copy = new RowCopy(startedByHand(row));
    copy.restoring = memory;
    copy.failure = null;
    return copy.row();
  }

  /** Whether it goes on from the snapshot that it was made from, and never was ready. */
  public static boolean isCloning(VmWork work) {
    return mayBeCloning(work.row()) && work.spec().origin() instanceof Origin.Clone;
  }

  /** The same of a row whose specification is read only where that matters. */
  static boolean isCloning(VmRow row) {
    return mayBeCloning(row) && isCloning(VmWork.of(row));
  }

  private static boolean mayBeCloning(VmRow row) {
    return row.state() == VmState.CREATING && row.restoring() != null && row.ready() == null;
  }

  /** A clone whose snapshot cannot be used, not even its disk. */
  public static VmRow notCloning(VmRow row) {
    var copy = new RowCopy(row);
    copy.restoring = null;
    return copy.row();
  }

  /**
   * Whether it was taken from a pool, where it was ready, and is about to become its user's. One
   * that has to boot for that was never ready.
   */
  public static boolean isHandedOver(VmRow row) {
    return row.isTaken()
        && row.state() == VmState.CREATING
        && row.ready() != null
        && row.restoring() == null;
  }

  /**
   * A VM that cannot go on from what ran before, and whose machine has ended: a clone boots from
   * its snapshot's disk, one that was taken from a pool from its image.
   */
  static VmRow bootingInstead(VmRow row, String why) {
    var copy = new RowCopy(at(row, StepName.PREPARE_DISK));
    copy.ready = null;
    copy.pool = null;
    copy.machine = null;
    copy.launched = null;
    copy.launchedSteady = null;
    copy.restoring = null;
    copy.failure = why;
    return copy.row();
  }

  /** Whether it goes on from the memory that it had when it was suspended. */
  public static boolean isResuming(VmRow row) {
    return row.state() == VmState.STARTING && row.restoring() != null;
  }

  /** The same because somebody asked for it: nothing of earlier failures counts. */
  static VmRow startedByHand(VmRow row) {
    var copy = new RowCopy(starting(row));
    copy.desired = DesiredState.EXIST;
    copy.restarts = 0;
    return copy.row();
  }

  /**
   * Its guest is to be shut down.
   *
   * @param desired what it is to be then: stopped, or there again
   */
  static VmRow stopping(VmRow row, DesiredState desired, Duration grace) {
    var copy = new RowCopy(row).due().settled();
    copy.state = VmState.STOPPING;
    copy.desired = desired;
    copy.restarts = 0;
    copy.startSteady = null;
    copy.grace = grace.toMillis();
    copy.failure = null;
    return copy.row();
  }

  /** The same, asleep before, because its memory cannot be used. */
  static VmRow withoutMemory(VmRow row, String why) {
    var copy = new RowCopy(stopping(row, DesiredState.EXIST, Duration.ZERO));
    copy.failure = why;
    return copy.row();
  }

  /** Nothing changes but what it is to be. */
  static VmRow wanted(VmRow row, DesiredState desired) {
    var copy = new RowCopy(row);
    copy.desired = desired;
    return copy.row();
  }

  /**
   * The same once more by itself.
   *
   * @param why it ended, which its users see until it is ready
   * @param restarts how often that was done now
   * @param notBefore by the steady clock
   */
  static VmRow startingAgain(VmRow row, String why, int restarts, long notBefore) {
    var copy = new RowCopy(starting(row));
    copy.failure = why;
    copy.restarts = restarts;
    copy.startSteady = notBefore;
    return copy.row();
  }

  /** To be restored from this snapshot: its machine is launched from it next. */
  public static VmRow restoring(VmRow row, String snapshot) {
    var copy = new RowCopy(at(row, StepName.LAUNCH_MACHINE));
    copy.state = VmState.CREATING;
    copy.restoring = snapshot;
    return copy.row();
  }

  /** Put to sleep, with the reason; null when somebody asked for it. */
  static VmRow asleep(VmRow row, @Nullable String why) {
    var copy = new RowCopy(in(row, VmState.ASLEEP));
    copy.failure = why;
    return copy.row();
  }

  /** The same, archived. */
  static VmRow archived(VmRow row, @Nullable String why) {
    var copy = new RowCopy(in(row, VmState.ARCHIVED));
    copy.failure = why;
    return copy.row();
  }

  /** To be booted, archived before. */
  static VmRow fromArchive(VmRow row) {
    var copy = new RowCopy(startedByHand(row));
    copy.failure = "It was archived, and boots from its disk.";
    return copy.row();
  }

  /** In a state in which nothing is due until its time to live ends. */
  public static VmRow in(VmRow row, VmState state) {
    var copy = new RowCopy(row).untilItExpires().settled();
    copy.state = state;
    return copy.row();
  }

  public static VmRow readyAt(VmRow row, long now) {
    var copy = new RowCopy(row).untilItExpires().settled();
    copy.state = VmState.READY;
    copy.restoring = null;
    copy.ready = now;
    copy.startSteady = null;
    return copy.row();
  }

  /** A VM whose creation failed; it is kept with its evidence for a while. */
  static VmRow failed(VmRow row, String why, Duration kept, Clocks clocks) {
    var copy = new RowCopy(row);
    copy.state = VmState.FAILED;
    copy.failure = why;
    copy.wakeAt = clocks.now() + kept.toMillis();
    copy.wakeSteady = clocks.uptime() + kept.toMillis();
    return copy.row();
  }

  /** A VM that was started again in vain: it is kept as it is, with its evidence. */
  static VmRow failedAgain(VmRow row, String why) {
    var copy = new RowCopy(row).untilItExpires();
    copy.state = VmState.FAILED;
    copy.failure = why;
    copy.tries = 0;
    copy.startSteady = null;
    return copy.row();
  }

  /**
   * Its machine has ended: it is kept as it is.
   *
   * @param why null when somebody wanted it so
   */
  public static VmRow stopped(VmRow row, @Nullable String why) {
    var copy = new RowCopy(row).untilItExpires();
    copy.grace = null;
    copy.startSteady = null;
    copy.state = VmState.STOPPED;
    copy.failure = why;
    copy.tries = 0;
    copy.machine = null;
    copy.restoring = null;
    return copy.row();
  }

  /** A ready VM that was paused without a request, with the reason. */
  public static VmRow halted(VmRow row, String why) {
    var copy = new RowCopy(row);
    copy.state = VmState.PAUSED;
    copy.failure = why;
    return copy.row();
  }

  static VmRow tried(VmRow row, String why) {
    var copy = new RowCopy(row).due();
    copy.failure = why;
    copy.tries = row.tries() + 1;
    return copy.row();
  }

  public static VmRow destroyed(VmRow row) {
    var copy = new RowCopy(row).settled();
    copy.state = VmState.DESTROYED;
    copy.slot = null;
    copy.machine = null;
    copy.wakeAt = null;
    copy.wakeSteady = null;
    copy.restoring = null;
    copy.rebuild = null;
    return copy.row();
  }
}
