package dev.visco.lifecycle;

import dev.visco.model.Advice;
import dev.visco.model.DesiredState;
import dev.visco.model.Durations;
import dev.visco.model.Rebuild;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/** Records that VMs are to be stopped or started; the conductor does it. Suspends them itself. */
public final class Power implements PowerService {
  private static final Duration MAX_GRACE = Duration.ofMinutes(10);

  private final VmRows rows;
  private final ActiveUsers users;
  private final Suspensions suspensions;
  private final Archives archives;
  private final Uses uses;
  private final ChangeSignal changes;
  private final Clocks clocks;
  private final Function<VmId, Vm> vms;
  private final Function<VmRow, Vm> view;

  /**
   * @param users the VMs of a suspended one are not started
   * @param vms a VM as its users see it; refuses an unknown one
   * @param view the same of a row, which is answered as it was recorded: what comes next may
   *     already have happened when the row is read again
   */
  public Power(
      VmRows rows,
      ActiveUsers users,
      Suspensions suspensions,
      Archives archives,
      Uses uses,
      ChangeSignal changes,
      Clocks clocks,
      Function<VmId, Vm> vms,
      Function<VmRow, Vm> view) {
    this.rows = rows;
    this.users = users;
    this.suspensions = suspensions;
    this.archives = archives;
    this.uses = uses;
    this.changes = changes;
    this.clocks = clocks;
    this.vms = vms;
    this.view = view;
  }

  @Override
  public Vm stop(VmId id, Duration grace) {
    checkGrace(grace);
    return request(
        id,
        row ->
            switch (row.state()) {
              case CREATING, STARTING, READY, PAUSED, STOPPING, SUSPENDED, ASLEEP -> {
                requireNotReplaced(row);
                yield Rows.stopping(row, DesiredState.STOP, grace);
              }
              case STOPPED -> Rows.wanted(row, DesiredState.STOP);
              case FAILED, ARCHIVED, DESTROYING, DESTROYED -> throw wrongState(row, "stopped");
            });
  }

  @Override
  public Vm start(VmId id) {
    Vm vm = vms.apply(id);
    users.requireActive(vm.spec());
    if (vm.state().hasSavedMemory()) {
      return suspensions.resume(id);
    }
    if (vm.state() == VmState.ARCHIVED) {
      return archives.wake(id);
    }
    return used(
        id,
        row ->
            switch (row.state()) {
              case CREATING, STARTING, READY -> row;
              case STOPPING -> Rows.wanted(row, DesiredState.EXIST);
              case STOPPED, FAILED -> Rows.startedByHand(row);
              case PAUSED, SUSPENDED, ASLEEP, ARCHIVED, DESTROYING, DESTROYED ->
                  throw wrongState(row, "started");
            });
  }

  @Override
  public Vm suspend(VmId id) {
    return suspensions.suspend(id);
  }

  @Override
  public Vm sleep(VmId id) {
    return suspensions.sleep(id, null);
  }

  @Override
  public Vm archive(VmId id) {
    return archives.archive(id, null);
  }

  @Override
  public Vm wake(VmId id) {
    return vms.apply(id).state() == VmState.ASLEEP ? suspensions.wake(id) : start(id);
  }

  @Override
  public Vm restart(VmId id, Duration grace) {
    checkGrace(grace);
    Vm vm = vms.apply(id);
    users.requireActive(vm.spec());
    if (vm.state() == VmState.ARCHIVED) {
      return archives.wake(id);
    }
    return used(
        id,
        row ->
            switch (row.state()) {
              case CREATING, STARTING, READY, PAUSED, STOPPING, SUSPENDED, ASLEEP -> {
                requireNotReplaced(row);
                yield Rows.stopping(row, DesiredState.EXIST, grace);
              }
              case STOPPED, FAILED -> Rows.startedByHand(row);
              case ARCHIVED, DESTROYING, DESTROYED -> throw wrongState(row, "restarted");
            });
  }

  /** What starts it is a use of it. */
  private Vm used(VmId id, VmRows.Change change) {
    Vm requested = request(id, change);
    uses.used(id);
    return requested;
  }

  private Vm request(VmId id, VmRows.Change change) {
    Optional<VmRow> requested = rows.request(id, change, clocks.now());
    changes.signal(id);
    return requested.map(view).orElseGet(() -> vms.apply(id)); // Refuses an unknown one.
  }

  static void checkGrace(Duration grace) {
    if (grace.isNegative() || grace.compareTo(MAX_GRACE) > 0) {
      throw Refused.invalid(
          "grace",
          Durations.text(grace),
          "is no time for a guest to shut down",
          "Give a time up to " + Durations.text(MAX_GRACE) + ", like 30s.");
    }
  }

  /** Refused during a restore or rebuild, which may have to go back to the disk from before it. */
  private static void requireNotReplaced(VmRow row) {
    if (row.state() == VmState.CREATING && row.restoring() != null) {
      throw new Refused(
          new Refusal.Conflict(
              "The VM "
                  + row.id()
                  + " is being restored from the snapshot "
                  + row.restoring()
                  + ".",
              "Wait until it is ready."));
    }
    VmWork.rebuild(row)
        .filter(Rebuild::underWay)
        .ifPresent(rebuild -> {
          throw new Refused(
              new Refusal.Conflict(
                  "The VM " + row.id() + " is being rebuilt with the image " + rebuild.name() + ".",
                  "Wait until it is ready, or has its old disk again."));
        });
  }

  private static Refused wrongState(VmRow row, String what) {
    return StateRefusal.of(
        row,
        what,
        switch (row.state()) {
          case PAUSED -> Advice.of("Resume it: {}", new Remedy.ResumeVm(row.id().value()));
          case FAILED -> Advice.of("Start it again ({}).", new Remedy.StartVm(row.id().value()));
          case DESTROYING, DESTROYED -> Advice.words("Create a new one.");
          case ARCHIVED -> Advice.words("It has no machine that could be stopped.");
          case CREATING, STARTING, READY, STOPPING, STOPPED, SUSPENDED, ASLEEP ->
              Advice.words("Wait until what runs on it is done.");
        });
  }
}
