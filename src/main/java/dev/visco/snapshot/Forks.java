package dev.visco.snapshot;

import dev.visco.lifecycle.VmService;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.wire.ClonePlan;
import dev.visco.wire.CreateRequest;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * VMs that go on from another one as it is at one moment: a snapshot of it, and a VM from that for
 * each that was asked for. All of them are created, or none.
 */
public final class Forks {
  /** How many at once. */
  public static final int MAX = 100;

  private static final Logger LOG = LoggerFactory.getLogger(Forks.class);

  private final SnapshotService snapshots;
  private final VmService vms;

  public Forks(SnapshotService snapshots, VmService vms) {
    this.snapshots = snapshots;
    this.vms = vms;
  }

  /**
   * Forks a ready or paused VM, which stands still meanwhile if it ran.
   *
   * @param request what is set for the new VMs: its name is that of one, and the beginning of the
   *     names of several
   * @return the new VMs, which are being created
   * @throws Refused when it cannot be, or not so many; nothing is left then
   */
  public List<Vm> fork(VmId id, int count, CreateRequest request) {
    requireCount(count);
    UserId owner = vms.vm(id).spec().owner();
    return snapshots.forUse(id, name -> created(owner, count, request, name));
  }

  /**
   * What {@link #fork} would cost; nothing is made, and the VM goes on.
   *
   * @throws Refused where that would be
   */
  public ClonePlan plan(VmId id, int count, CreateRequest request) {
    requireCount(count);
    return vms.planClones(request, count, snapshots.planForUse(id));
  }

  /**
   * What VMs from a snapshot would cost; nothing is made.
   *
   * @param request names the snapshot
   * @throws Refused where creating them would be
   */
  public ClonePlan plan(int count, CreateRequest request) {
    requireCount(count);
    return vms.planClones(request, count, null);
  }

  private static void requireCount(int count) {
    if (count < 1 || count > MAX) {
      throw Refused.invalid(
          "count", Integer.toString(count), "is no number of VMs", "Give 1 to " + MAX + ".");
    }
  }

  private List<Vm> created(UserId owner, int count, CreateRequest request, String snapshot) {
    var made = new ArrayList<Vm>();
    try {
      for (int number = 1; number <= count; number++) {
        made.add(vms.create(request.numbered(count == 1 ? 0 : number, owner, snapshot), null));
      }
      return List.copyOf(made);
    } catch (RuntimeException | Error e) {
      undo(made, e);
      throw e;
    }
  }

  private void undo(List<Vm> made, Throwable why) {
    try {
      made.forEach(one -> vms.destroy(one.id()));
    } catch (RuntimeException e) {
      LOG.error("a fork that was refused could not be undone", e);
      why.addSuppressed(e);
    }
  }
}
