package dev.visco.lifecycle;

import dev.visco.lifecycle.Leases.Lease;
import dev.visco.model.Digest;
import dev.visco.model.Life;
import dev.visco.model.Origin;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refusal.Shortage.Scarce;
import dev.visco.model.Refused;
import dev.visco.model.RestartPolicy;
import dev.visco.model.StepName;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.model.WarmPool;
import dev.visco.store.NewVm;
import dev.visco.store.PoolRows;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.vmm.MachineRef;
import dev.visco.wire.SpecJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * VMs that wait for users: who creates a VM gets one of them if all that its machine is would be
 * the same. Where the host has no room for what a user asks for, they make room.
 */
public final class PooledVms {
  private static final Logger LOG = LoggerFactory.getLogger(PooledVms.class);

  /** How long no new ones wait after some had to make room. */
  private static final Duration HOLD = Duration.ofMinutes(5);

  /** How long a create waits until a VM is its user's: usually some milliseconds. */
  private static final Duration HAND_OVER = Duration.ofSeconds(5);

  /** How long a create waits for them to be gone. */
  private static final Duration END = Duration.ofSeconds(20);

  private final VmRows rows;
  private final PoolRows pools;
  private final SnapshotRows snapshots;
  private final Leases leases;
  private final Predicate<MachineRef> isAlive;
  private final LeasedWork work;
  private final ChangeSignal changes;
  private final Clocks clocks;
  private volatile @Nullable Long madeRoom;

  /**
   * @param isAlive whether a machine runs
   * @param work hands over VMs that were taken
   */
  public PooledVms(
      VmRows rows,
      PoolRows pools,
      SnapshotRows snapshots,
      Leases leases,
      Predicate<MachineRef> isAlive,
      LeasedWork work,
      ChangeSignal changes,
      Clocks clocks) {
    this.rows = rows;
    this.pools = pools;
    this.snapshots = snapshots;
    this.leases = leases;
    this.isAlive = isAlive;
    this.work = work;
    this.changes = changes;
    this.clocks = clocks;
  }

  /**
   * What kind of request a VM of this specification can wait for: a digest of all that its machine
   * is, and of nothing that may change when it gets its user.
   *
   * @param spec with the size that its disk has
   */
  static String kind(VmSpec spec, Digest image) {
    VmSpec machine =
        spec.with(Purpose.POOL, WarmPool.OWNER)
            .with(new Origin.FromImage(spec.origin().image()))
            .with(new Life(null, spec.life().deadline(), RestartPolicy.NO, null))
            .with(List.of())
            .withPorts(List.of())
            .withEgress(null);
    String text = SpecJson.line(machine) + image.value();
    return Digest.of(text.getBytes(StandardCharsets.UTF_8)).hex();
  }

  /** Works on a VM whose lease somebody has taken: the conductor. */
  public interface LeasedWork {
    /**
     * Does at once what is due, in a thread of its own, and gives the lease back after it.
     *
     * @param row as it was committed
     * @return the row after the first step of that work
     */
    Future<VmRow> begin(Lease lease, VmRow row);
  }

  /**
   * Takes the one that has waited longest for this kind of request, and has it handed over to its
   * user; a plain one whose user has nothing else that matters to it is theirs by one change of its
   * row.
   *
   * @param type whose pool it is
   * @param isPlain whether its guest need not be told anything of this request, and its traffic
   *     leaves as its user's does
   * @return the VM once it is its user's, or as it is after some seconds; empty when none waits
   * @throws Refused by {@code admission}
   */
  Optional<VmRows.Inserted> take(
      NewVm vm, String kind, String type, boolean isPlain, VmRows.Admission admission) {
    for (VmRow waiting : pools.waiting(kind)) {
      Optional<Lease> lease = leases.take(waiting.id());
      if (lease.isEmpty()) {
        continue; // Somebody works on it: it is being looked at, or about to be replaced.
      }
      Optional<VmRows.Inserted> taken = taken(waiting, lease.get(), vm, type, isPlain, admission);
      if (taken.isPresent()) {
        return taken;
      }
    }
    return Optional.empty();
  }

  private Optional<VmRows.Inserted> taken(
      VmRow waiting,
      Lease lease,
      NewVm vm,
      String type,
      boolean isPlain,
      VmRows.Admission admission) {
    Optional<VmRows.Inserted> taken = Optional.empty();
    try {
      if (VmWork.of(waiting).machine().filter(isAlive).isPresent()) {
        PoolRows.AtOnce atOnce = isPlain ? lease.atOnce(row -> Rows.readyAt(row, vm.now())) : null;
        taken = pools.take(waiting, vm, type, admission, atOnce);
      }
    } finally {
      if (taken.filter(PooledVms::isToBeHandedOver).isEmpty()) {
        lease.close();
      }
    }
    return taken.map(one -> given(one, lease));
  }

  private static boolean isToBeHandedOver(VmRows.Inserted taken) {
    return taken.isNew() && Rows.isHandedOver(taken.row());
  }

  private VmRows.Inserted given(VmRows.Inserted taken, Lease lease) {
    if (isToBeHandedOver(taken)) {
      return handedOver(taken, lease);
    }
    if (taken.isNew()) {
      changes.signal(taken.row().id());
    }
    return taken;
  }

  private VmRows.Inserted handedOver(VmRows.Inserted taken, Lease lease) {
    Future<VmRow> given = work.begin(lease, taken.row());
    try {
      VmRow row = given.get(HAND_OVER.toMillis(), TimeUnit.MILLISECONDS);
      return new VmRows.Inserted(row, true, taken.requestDigest());
    } catch (TimeoutException e) {
      return taken; // It goes on, as any work on a VM.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return taken;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Counts a request for a VM of a type that has a pool, for whom none was taken. */
  void count(String type, PoolRows.Request outcome) {
    pools.count(type, outcome);
  }

  /** The whole snapshot from which those are made that wait for this kind of request. */
  Optional<String> template(String type, String kind) {
    return snapshots.list().stream()
        .filter(one -> one.isTemplateOf(type, kind) && one.isWhole())
        .findFirst()
        .map(SnapshotRow::id);
  }

  /** Whether no new VMs are to wait for now, since some had to make room for a user's. */
  public boolean isOnHold() {
    Long since = madeRoom;
    return since != null && clocks.uptime() - since < HOLD.toMillis();
  }

  /**
   * Destroys waiting VMs because a user's needs what they have, and returns once they are gone.
   *
   * @return whether there were any that helped
   */
  boolean makeRoom(Refused refused) {
    long missing = missing(refused.refusal());
    var going = new ArrayList<VmId>();
    var enough = new ArrayList<VmRow>();
    for (VmRow row : missing == 0 ? List.<VmRow>of() : pools.all()) {
      if (missing > 0 && row.state() == VmState.READY) {
        missing -= refused.refusal() instanceof Refusal.NoFreeSlot ? 1 : memory(row);
        enough.add(row);
      }
    }
    if (missing > 0 || enough.isEmpty()) {
      return false; // None ends in vain.
    }
    madeRoom = clocks.uptime();
    String why = "A user's VM needs its room.";
    for (VmRow row : enough) {
      if (pools.end(row, StepName.last().word(), why, clocks.now())) {
        LOG.info("{}: it waited in a pool, and makes room for a user's VM", row.id());
        changes.signal(row.id());
        going.add(row.id());
      }
    }
    awaitGone(going);
    return true;
  }

  /** Its guest's alone: what its VMM takes besides is little. */
  private static long memory(VmRow row) {
    return VmWork.of(row).spec().machine().memoryMib();
  }

  private static long missing(Refusal refusal) {
    return switch (refusal) {
      case Refusal.NoFreeSlot _ -> 1;
      case Refusal.LimitReached limit -> ofHost(limit.shortage());
      default -> 0;
    };
  }

  /** Memory of the host; a user's own quota is not met by others that end. */
  private static long ofHost(Refusal.@Nullable Shortage shortage) {
    return shortage != null && shortage.of() == Scarce.MEMORY_MIB && shortage.user() == null
        ? shortage.missing()
        : 0;
  }

  private void awaitGone(List<VmId> going) {
    try {
      changes.await(
          going,
          END,
          () ->
              going.stream()
                  .allMatch(id ->
                      rows.find(id).filter(row -> row.state() != VmState.DESTROYED).isEmpty()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
