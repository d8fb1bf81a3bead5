package dev.visco.lifecycle;

import dev.visco.host.DiskRoom;
import dev.visco.lifecycle.Leases.Lease;
import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Archives VMs that are asleep: their memory is given up, and their disk is kept compressed.
 *
 * <ol>
 *   <li>A compressed copy of the disk is written and compared with it. Nobody holds the VM
 *       meanwhile: who needs it wakes it from its memory, and the copy is dropped.
 *   <li>The VM is recorded as archived, if it has slept all the time.
 *   <li>The copy takes the disk's place, and the memory is removed.
 * </ol>
 *
 * <p>Until the second step a killed daemon leaves a VM that is asleep; from then on one that is
 * archived ({@link #recover}). An archived VM boots from its disk, which {@code PrepareDisk}
 * unpacks first.
 */
public final class Archives {
  private static final Logger LOG = LoggerFactory.getLogger(Archives.class);

  private final VmRows rows;
  private final VmDisks disks;
  private final DiskRoom room;
  private final Restores restores;
  private final Suspensions suspensions;
  private final NextSizes sizes;
  private final LeaseWaiting leases;
  private final ActiveUsers users;
  private final Uses uses;
  private final Wakes wakes;
  private final ChangeSignal changes;
  private final Clocks clocks;
  private final Function<VmId, Vm> vms;
  private final Set<VmId> working = ConcurrentHashMap.newKeySet();

  /**
   * @param room of the file system with the VMs' disks
   * @param users the VMs of a suspended one are not woken
   * @param vms a VM as its users see it; refuses an unknown one
   */
  public Archives(
      VmRows rows,
      VmDisks disks,
      DiskRoom room,
      Restores restores,
      Suspensions suspensions,
      NextSizes sizes,
      LeaseWaiting leases,
      ActiveUsers users,
      Uses uses,
      Wakes wakes,
      ChangeSignal changes,
      Clocks clocks,
      Function<VmId, Vm> vms) {
    this.rows = rows;
    this.disks = disks;
    this.room = room;
    this.restores = restores;
    this.suspensions = suspensions;
    this.sizes = sizes;
    this.leases = leases;
    this.users = users;
    this.uses = uses;
    this.wakes = wakes;
    this.changes = changes;
    this.clocks = clocks;
    this.vms = vms;
  }

  /**
   * See {@link PowerService#archive}.
   *
   * @param why for its event; null when somebody asked for it
   */
  public Vm archive(VmId asked, @Nullable String why) {
    VmId id = vms.apply(asked).id(); // Refused when there is none.
    if (row(id).state() == VmState.READY) {
      suspensions.sleep(id, null);
    }
    VmRow row = row(id);
    switch (row.state()) {
      case ARCHIVED -> {}
      case ASLEEP -> packed(row, why);
      case CREATING,
          STARTING,
          READY,
          PAUSED,
          FAILED,
          STOPPING,
          STOPPED,
          SUSPENDED,
          DESTROYING,
          DESTROYED ->
          throw wrongState(row);
    }
    return vms.apply(id);
  }

  private VmRow row(VmId id) {
    return rows.find(id).orElseThrow(() -> VmViews.notFound(id.value()));
  }

  private void packed(VmRow row, @Nullable String why) {
    VmId id = row.id();
    if (!working.add(id)) {
      throw new Refused(
          new Refusal.Conflict(
              "The VM " + id + " is being archived already.", "Wait until it is archived."));
    }
    try {
      VmWork work = VmWork.of(row);
      long before = disks.taken(work).disk();
      room.require((before >> 20) + 1, "archiving this VM");
      disks.pack(work);
      replace(row, why);
      LOG.info("{}: archived; its disk takes {} bytes of {}", id, disks.taken(work).disk(), before);
    } catch (RuntimeException | Error e) {
      try {
        disks.dropPacked(id);
      } catch (RuntimeException more) {
        e.addSuppressed(more);
      }
      throw e;
    } finally {
      working.remove(id);
    }
  }

  private void replace(VmRow packed, @Nullable String why) {
    VmId id = packed.id();
    try (Lease lease = leases.take(id)) {
      VmRow row = lease.row().orElseThrow();
      if (row.state() != VmState.ASLEEP || !Objects.equals(row.launched(), packed.launched())) {
        throw new Refused(
            new Refusal.Conflict(
                "The VM " + id + " was needed meanwhile, and is not archived.",
                "Archive it when nobody needs it."));
      }
      VmRow now = lease.commit(Rows.archived(row, why), "archived", clocks.now());
      if (now.state() != VmState.ARCHIVED) {
        throw wrongState(now); // Its destruction or stop was requested meanwhile.
      }
      finish(now);
    } finally {
      changes.signal(id);
    }
  }

  /** Safe to repeat. */
  private void finish(VmRow row) {
    disks.replaceByPacked(row.id());
    restores.dropMemory(row);
  }

  /** Has an archived VM boot from its disk. */
  Vm wake(VmId asked) {
    Vm vm = vms.apply(asked);
    users.requireActive(vm.spec());
    VmId id = vm.id();
    return wakes.counted(
        id,
        isFromDisk -> {
          isFromDisk.set(true);
          return boot(id);
        });
  }

  private Vm boot(VmId id) {
    rows.request(
        id,
        now -> {
          if (now.state() != VmState.ARCHIVED) {
            throw StateRefusal.of(now, "woken", Advice.words("Wait until it is ready."));
          }
          return Rows.fromArchive(now);
        },
        sizes.resuming(VmWork.of(row(id))),
        clocks.now());
    uses.used(id);
    changes.signal(id);
    return vms.apply(id);
  }

  /**
   * Recovers what an earlier daemon left; called before the conductor starts. What it was archiving
   * is archived if that was recorded, and is asleep otherwise.
   */
  public void recover() {
    for (VmRow row : rows.list(false)) {
      try {
        if (row.state() == VmState.ARCHIVED) {
          finish(row);
        } else {
          disks.dropPacked(row.id());
        }
      } catch (RuntimeException | Error e) {
        LOG.error("{}: its archive could not be recovered", row.id(), e);
      }
    }
  }

  private static Refused wrongState(VmRow row) {
    return StateRefusal.of(
        row,
        "archived",
        switch (row.state()) {
          case CREATING, STARTING -> Advice.words("Wait until it is ready.");
          case PAUSED -> Advice.of("Resume it first: {}", new Remedy.ResumeVm(row.id().value()));
          case READY, SUSPENDED, ASLEEP, ARCHIVED ->
              Advice.of("Put it to sleep first: {}", new Remedy.SleepVm(row.id().value()));
          case STOPPING -> Advice.words("Wait until it is stopped, and start it.");
          case FAILED, STOPPED ->
              Advice.of("Start it first: {}", new Remedy.StartVm(row.id().value()));
          case DESTROYING, DESTROYED -> Advice.words("Create a new one.");
        });
  }
}
