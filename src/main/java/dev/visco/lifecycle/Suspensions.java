package dev.visco.lifecycle;

import dev.visco.host.HostFault;
import dev.visco.lifecycle.Leases.Lease;
import dev.visco.lifecycle.Wakes.SleepOutcome;
import dev.visco.model.Advice;
import dev.visco.model.Digest;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Suspends VMs to disk, and has them go on. Each holds the VM's lease.
 *
 * <ol>
 *   <li>The memory's row is recorded; the machine is paused, and memory and devices are written.
 *   <li>The files are sealed with their digests, and the row says that they are whole.
 *   <li>The VM is recorded as suspended; then its machine is ended, which frees its memory.
 *   <li>To go on, its row names the memory; the machine is loaded and recorded standing still.
 *   <li>It goes on ({@code VerifyBoot}), its criteria are checked, its clock is set, and then the
 *       memory is removed.
 * </ol>
 *
 * <p>Until the third step a killed daemon leaves a VM that runs on ({@link #recover}); from then on
 * one that is suspended. Once a machine is recorded in the fifth its guest may have changed the
 * disk: should that machine end, the VM boots from its disk, and the memory is not used again.
 */
public final class Suspensions {
  private static final Logger LOG = LoggerFactory.getLogger(Suspensions.class);

  private final VmRows rows;
  private final SnapshotRows memories;
  private final SnapshotStore files;
  private final Machines machines;
  private final Restores restores;
  private final NextSizes sizes;
  private final GuestCredentials credentials;
  private final GuestDisks guestDisks;
  private final LeaseWaiting leases;
  private final ActiveUsers users;
  private final Uses uses;
  private final Wakes wakes;
  private final ChangeSignal changes;
  private final Clocks clocks;
  private final Function<VmId, Vm> vms;
  private final Path folder;
  private final Set<VmId> falling = ConcurrentHashMap.newKeySet();

  /**
   * @param memories rows of snapshots, which the memories' are among
   * @param users the VMs of a suspended one do not go on
   * @param vms a VM as its users see it; refuses an unknown one
   * @param folder the folder that holds each VM's folder
   */
  public Suspensions(
      VmRows rows,
      SnapshotRows memories,
      SnapshotStore files,
      Machines machines,
      Restores restores,
      NextSizes sizes,
      GuestCredentials credentials,
      GuestDisks guestDisks,
      LeaseWaiting leases,
      ActiveUsers users,
      Uses uses,
      Wakes wakes,
      ChangeSignal changes,
      Clocks clocks,
      Function<VmId, Vm> vms,
      Path folder) {
    this.rows = rows;
    this.memories = memories;
    this.files = files;
    this.machines = machines;
    this.restores = restores;
    this.sizes = sizes;
    this.credentials = credentials;
    this.guestDisks = guestDisks;
    this.leases = leases;
    this.users = users;
    this.uses = uses;
    this.wakes = wakes;
    this.changes = changes;
    this.clocks = clocks;
    this.vms = vms;
    this.folder = folder;
  }

  /** See {@link PowerService#suspend}. */
  Vm suspend(VmId asked) {
    return suspend(asked, VmState.SUSPENDED, null);
  }

  /**
   * See {@link PowerService#sleep}.
   *
   * @param why for its event; null when somebody asked for it
   */
  public Vm sleep(VmId asked, @Nullable String why) {
    boolean isDone = false;
    try {
      Vm asleep = suspend(asked, VmState.ASLEEP, why);
      isDone = true;
      return asleep;
    } finally {
      wakes.slept(isDone ? SleepOutcome.ASLEEP : SleepOutcome.FAILED);
    }
  }

  /**
   * @param as suspended or asleep; one that is the other already only gets another name
   */
  private Vm suspend(VmId asked, VmState as, @Nullable String why) {
    VmId id = vms.apply(asked).id(); // Refused when there is none.
    try (Lease lease =
        leases.take(id, () -> rows.find(id).ifPresent(row -> requireMemory(row, as)))) {
      VmRow row = lease.row().orElseThrow();
      requireMemory(row, as);
      if (row.state().hasSavedMemory()) {
        end(named(row, lease, as, why), lease);
      } else {
        fall(row, lease, as, why);
      }
    } finally {
      changes.signal(id);
    }
    return vms.apply(id);
  }

  /** Refuses a VM that has no memory to keep, and to put a paused one to sleep. */
  private static void requireMemory(VmRow row, VmState as) {
    switch (row.state()) {
      case PAUSED -> {
        if (as == VmState.ASLEEP) {
          throw wrongState(row, "put to sleep"); // Nobody has it go on by needing it.
        }
      }
      case READY, SUSPENDED, ASLEEP -> {}
      case CREATING, STARTING, FAILED, STOPPING, STOPPED, ARCHIVED, DESTROYING, DESTROYED ->
          throw wrongState(row, word(as));
    }
  }

  private void fall(VmRow row, Lease lease, VmState as, @Nullable String why) {
    if (as == VmState.ASLEEP) {
      falling.add(row.id());
    }
    try {
      end(save(row, lease, as, why), lease);
    } finally {
      falling.remove(row.id());
    }
  }

  /** Whether it is being put to sleep: its guest stands still, though its row may say ready. */
  boolean isFallingAsleep(VmId id) {
    return falling.contains(id);
  }

  /**
   * Writes the memory, and records that the VM is suspended; one that ran runs on if that fails.
   */
  private VmRow save(VmRow row, Lease lease, VmState as, @Nullable String why) {
    VmWork work = VmWork.of(row);
    if (row.state() == VmState.READY) {
      credentials.beforeEnd(work);
      if (as == VmState.ASLEEP) {
        sync(work);
      }
    }
    restores.dropMemory(row);
    SnapshotRow memory = record(row);
    memories.insert(memory);
    try {
      if (row.state() == VmState.READY) {
        machines.pause(work);
      }
      Path to = Path.of(memory.folder());
      machines.saveMemory(work, to);
      SnapshotStore.SealedSnapshot sealed = files.seal(to);
      memories.written(memory.owner(), memory.id(), sealed.bytes(), sealed.digest().value());
      VmRow now = named(row, lease, as, why);
      LOG.info("{}: its memory is on the disk, in {} bytes", row.id(), sealed.bytes());
      return now;
    } catch (RuntimeException | Error e) {
      undo(row, e);
      throw e;
    }
  }

  /** Its memory may be given up later on, and is lost nothing by if its disk has all. */
  private void sync(VmWork work) {
    try {
      guestDisks.sync(work);
    } catch (RuntimeException e) {
      LOG.warn("{}: its guest could not be asked to write to its disk what it holds", work.id(), e);
    }
  }

  private VmRow named(VmRow row, Lease lease, VmState as, @Nullable String why) {
    if (row.state() == as) {
      return row;
    }
    VmRow now =
        lease.commit(
            as == VmState.ASLEEP ? Rows.asleep(row, why) : Rows.in(row, as),
            word(as),
            clocks.now());
    if (now.state() != as) {
      throw wrongState(now, word(as)); // Its destruction or stop was requested meanwhile.
    }
    return now;
  }

  private static String word(VmState as) {
    return as == VmState.ASLEEP ? "put to sleep" : "suspended";
  }

  private void undo(VmRow row, Throwable why) {
    try {
      if (row.state() == VmState.READY) {
        machines.resume(VmWork.of(row));
      }
      restores.dropMemory(row);
    } catch (RuntimeException e) {
      why.addSuppressed(e);
    }
  }

  private SnapshotRow record(VmRow row) {
    String id = SnapshotRow.memoryOf(row.id());
    return new SnapshotRow(
        id,
        row.id(),
        row.owner(),
        row.spec(),
        row.image(),
        VmWork.of(row).spec().release(),
        0,
        folder.resolve(row.id().value()).resolve("snapshots").resolve(id).toString(),
        clocks.now(),
        null,
        null);
  }

  private void end(VmRow row, Lease lease) {
    machines.stop(VmWork.of(row));
    if (row.machine() != null) {
      lease.commit(
          Rows.withMachine(row, null, row.launched(), row.launchedSteady()),
          "its machine has ended",
          clocks.now());
    }
  }

  /**
   * Has a VM that is asleep go on. Where its memory cannot be used it boots from its disk, and an
   * event says why.
   */
  Vm wake(VmId id) {
    return goOn(
        id,
        "woken",
        (row, why) -> {
          LOG.warn("{}: it was asleep, and boots from its disk: {}", id, why);
          return Rows.withoutMemory(row, why);
        });
  }

  /** Has a suspended VM go on; refused while its memory cannot be gone on from. */
  public Vm resume(VmId id) {
    return goOn(
        id,
        "resumed",
        (row, why) -> {
          throw unusable(row, why);
        });
  }

  /** What becomes of a VM whose memory cannot be used. */
  private interface WithoutMemory {
    VmRow of(VmRow row, String why);
  }

  private Vm goOn(VmId asked, String what, WithoutMemory otherwise) {
    Vm vm = vms.apply(asked);
    return vm.state() == VmState.ASLEEP
        ? wakes.counted(vm.id(), isFromDisk -> goOn(vm, what, otherwise, isFromDisk))
        : goOn(vm, what, otherwise, new AtomicBoolean());
  }

  /**
   * @param isFromDisk is set when its memory cannot be used
   */
  private Vm goOn(Vm vm, String what, WithoutMemory otherwise, AtomicBoolean isFromDisk) {
    users.requireActive(vm.spec());
    VmId id = vm.id();
    try (Lease lease = leases.take(id)) {
      VmRow row = lease.row().orElseThrow();
      if (!row.state().hasSavedMemory()) {
        throw wrongState(row, what);
      }
      SnapshotRow memory = restores.memory(row).filter(SnapshotRow::isWhole).orElseThrow();
      Optional<String> problem = problem(row, memory);
      if (problem.isPresent()) {
        isFromDisk.set(true);
        rows.request(id, now -> otherwise.of(saved(now, what), problem.get()), clocks.now());
      } else {
        rows.request(
            id,
            now -> Rows.resuming(saved(now, what), memory.id()),
            sizes.resuming(VmWork.of(row)),
            clocks.now());
      }
      uses.used(id);
    } finally {
      changes.signal(id);
    }
    return vms.apply(id);
  }

  private static VmRow saved(VmRow row, String what) {
    if (!row.state().hasSavedMemory()) {
      throw wrongState(row, what);
    }
    return row;
  }

  /** Why its memory cannot be used; found before anything is done to the VM. */
  private Optional<String> problem(VmRow row, SnapshotRow memory) {
    var digest = new Digest(Objects.requireNonNull(memory.digest()));
    try {
      machines.requireMemory(VmWork.of(row), Path.of(memory.folder()), digest);
      return Optional.empty();
    } catch (HostFault e) {
      return Optional.of(e.getMessage() + ".");
    } catch (Refused e) {
      return Optional.of(e.refusal().detail());
    }
  }

  private static Refused unusable(VmRow row, String why) {
    return new Refused(
        new Refusal.Conflict(
            "The VM " + row.id() + " stays suspended, since its memory cannot be used: " + why,
            Advice.of(
                "Give its memory up, and boot it from its disk: {}",
                new Remedy.RestartVm(row.id().value()))));
  }

  /**
   * Recovers what an earlier daemon left; called before the conductor starts. A memory that is not
   * that of a suspended VM, or one that is about to go on, is removed; a VM that was paused for it
   * goes on. A suspended VM without its memory, as after its restore from a backup, is stopped.
   */
  public void recover(Leases leases) {
    for (VmRow row : rows.list(false)) {
      try (Lease lease = leases.take(row.id()).orElseThrow()) {
        recover(row, lease);
      } catch (RuntimeException | Error e) {
        LOG.error("{}: its suspension could not be recovered", row.id(), e);
      }
    }
  }

  private void recover(VmRow row, Lease lease) {
    boolean isThere =
        restores
            .memory(row)
            .filter(SnapshotRow::isWhole)
            .filter(one -> files.all().contains(Path.of(one.folder())))
            .isPresent();
    if (row.state().hasSavedMemory() && isThere) {
      end(row, lease);
    } else if (row.state().hasSavedMemory()) {
      machines.stop(VmWork.of(row));
      lease.commit(
          Rows.stopped(row, "It was suspended, and its memory is not there any more."),
          "its memory is gone",
          clocks.now());
      restores.dropMemory(row);
    } else if (!Rows.isResuming(row) && restores.memory(row).isPresent()) {
      LOG.info("{}: its suspension was not finished; it goes on", row.id());
      restores.dropMemory(row);
      if (row.state() == VmState.READY) {
        machines.resume(VmWork.of(row));
      }
    }
  }

  private static Refused wrongState(VmRow row, String what) {
    return StateRefusal.of(
        row,
        what,
        switch (row.state()) {
          case CREATING, STARTING -> Advice.words("Wait until it is ready.");
          case READY, PAUSED, SUSPENDED, ASLEEP ->
              Advice.words("Wait until what runs on it is done.");
          case STOPPING -> Advice.words("Wait until it is stopped.");
          case FAILED, STOPPED, ARCHIVED ->
              Advice.of("Start it first: {}", new Remedy.StartVm(row.id().value()));
          case DESTROYING, DESTROYED -> Advice.words("Create a new one.");
        });
  }
}
