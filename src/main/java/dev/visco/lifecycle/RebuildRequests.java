package dev.visco.lifecycle;

import dev.visco.lifecycle.Leases.Lease;
import dev.visco.model.Advice;
import dev.visco.model.MachineShape;
import dev.visco.model.MachineSize;
import dev.visco.model.Purpose;
import dev.visco.model.Rebuild;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.store.SnapshotRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Records that VMs are to be rebuilt; the conductor does it ({@link Rebuilds}). Holds a VM's lease
 * meanwhile, so that no snapshot of its old disk is made beside it.
 */
public final class RebuildRequests implements RebuildService {
  private final VmRows rows;
  private final SnapshotRows snapshots;
  private final ActiveUsers users;
  private final Uses uses;
  private final VmDisks disks;
  private final RebuildPlans plans;
  private final LeaseWaiting leases;
  private final ChangeSignal changes;
  private final Clocks clocks;
  private final Function<VmId, Vm> vms;

  /**
   * @param users the VMs of a suspended one are not rebuilt
   * @param vms a VM as its users see it; refuses an unknown one
   */
  public RebuildRequests(
      VmRows rows,
      SnapshotRows snapshots,
      ActiveUsers users,
      Uses uses,
      VmDisks disks,
      RebuildPlans plans,
      LeaseWaiting leases,
      ChangeSignal changes,
      Clocks clocks,
      Function<VmId, Vm> vms) {
    this.rows = rows;
    this.snapshots = snapshots;
    this.users = users;
    this.uses = uses;
    this.disks = disks;
    this.plans = plans;
    this.leases = leases;
    this.changes = changes;
    this.clocks = clocks;
    this.vms = vms;
  }

  @Override
  public Vm rebuild(VmId id, @Nullable String image, boolean force, Duration grace) {
    Power.checkGrace(grace);
    Vm vm = vms.apply(id); // Refuses an unknown one.
    users.requireActive(vm.spec());
    requireState(rows.find(id).orElseThrow());
    try (Lease lease = leases.take(id)) {
      VmRow row = lease.row().orElseThrow();
      requireState(row);
      var work = VmWork.of(row);
      requireOneDisk(work);
      Rebuild rebuild = plans.plan(work, image, force);
      rows.specs()
          .requestRebuild(
              id,
              now -> {
                requireState(now); // It may be stopped, or destroyed, meanwhile.
                return RebuildRows.requested(now, rebuild.from(now.state()), grace);
              },
              usage -> plans.admit(work.spec(), rebuild, usage),
              clocks.now());
      uses.used(id);
    } finally {
      changes.signal(id);
    }
    return vms.apply(id);
  }

  /** Snapshots, and disks that nobody knows of, are of the old disk, and would be lost with it. */
  private void requireOneDisk(VmWork work) {
    VmId id = work.id();
    if (work.spec().purpose() != Purpose.USER) {
      throw new Refused(
          new Refusal.Conflict(
              "The VM " + id + " is no user's, and lives only for a test.", "Create a new one."));
    }
    requireItsDisk(work);
    Optional<String> snapshot =
        snapshots.list().stream()
            .filter(one -> one.vm().equals(id) && !one.isInternal())
            .map(one -> one.id())
            .findFirst();
    if (snapshot.isPresent()) {
      throw new Refused(
          new Refusal.Conflict(
              "The VM "
                  + id
                  + " has snapshots, like "
                  + snapshot.get()
                  + ": they hold its old disk and its memory, and could not be restored any more.",
              Advice.of(
                  "Remove them first ({}); {} shows them.",
                  new Remedy.RemoveSnapshot(snapshot.get()),
                  new Remedy.ListSnapshots())));
    }
    disks.requireKept(work);
    disks
        .aside(id)
        .ifPresent(file -> {
          throw new Refused(
              new Refusal.HostLacks(
                  "room for a second disk",
                  "Another disk of "
                      + id
                      + " is there, of which its row does not know: "
                      + file
                      + ".",
                  "Move it elsewhere if it is still needed, or remove it, and try again."));
        });
  }

  /** A disk that is to grow has to first: were the rebuild undone, nobody knew its size. */
  private static void requireItsDisk(VmWork work) {
    MachineShape machine = work.spec().machine();
    MachineSize next = machine.next();
    if (next != null && !Objects.equals(next.diskMib(), machine.diskMib())) {
      throw new Refused(
          new Refusal.Conflict(
              "The VM " + work.id() + " gets a larger disk at its next start.",
              "Restart it first."));
    }
  }

  private static void requireState(VmRow row) {
    switch (row.state()) {
      case READY, PAUSED, STOPPED, FAILED -> {}
      case CREATING, STARTING -> throw refusal(row, "Wait until it is ready.");
      case STOPPING -> throw refusal(row, "Wait until it is stopped.");
      case SUSPENDED, ASLEEP ->
          throw refusal(row, "Start it, or stop it, which gives up its memory.");
      case ARCHIVED -> throw refusal(row, "Start it first.");
      case DESTROYING, DESTROYED -> throw refusal(row, "Create a new one.");
    }
  }

  private static Refused refusal(VmRow row, String advice) {
    return StateRefusal.of(row, "rebuilt", Advice.words(advice));
  }
}
