package dev.visco.lifecycle;

import dev.visco.lifecycle.Leases.Lease;
import dev.visco.model.Rebuild;
import dev.visco.model.Rebuild.RebuildStage;
import dev.visco.model.StepName;
import dev.visco.store.VmRow;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives VMs new root disks of another image, and takes them back to the old ones when that fails:
 *
 * <ol>
 *   <li>What is wanted is recorded ({@link RebuildRequests}); the guest of a VM that runs is shut
 *       down.
 *   <li>The row gets the new image, and keeps what the VM was before.
 *   <li>The old disk is put aside, a new one made ({@code PrepareDisk}), and the VM boots and is
 *       verified as at its creation.
 *   <li>That it is verified is recorded; then the old disk is removed, and the VM is ready.
 *   <li>Or the failure is recorded with its diagnosis; then the old disk is put back, and the row
 *       gets what it had. A VM that ran is started again.
 * </ol>
 *
 * <p>Each stage is recorded before its effects, which are safe to repeat: after a {@code kill -9}
 * the next daemon goes on at the same stage.
 */
public final class Rebuilds {
  private static final Logger LOG = LoggerFactory.getLogger(Rebuilds.class);
  private final Machines machines;
  private final VmDisks disks;
  private final Clocks clocks;
  private final Duration keepFailed;

  /**
   * @param keepFailed how long a VM that never was ready is kept with its evidence
   */
  public Rebuilds(Machines machines, VmDisks disks, Clocks clocks, Duration keepFailed) {
    this.machines = machines;
    this.disks = disks;
    this.clocks = clocks;
    this.keepFailed = keepFailed;
  }

  private static boolean isAt(VmRow row, RebuildStage stage) {
    return VmWork.rebuild(row).filter(one -> one.stage() == stage).isPresent();
  }

  private static Rebuild of(VmRow row) {
    return VmWork.rebuild(row)
        .orElseThrow(() -> new IllegalStateException(row.id() + " is not rebuilt"));
  }

  /** Whether its guest is shut down for a rebuild. */
  boolean isStopping(VmRow row) {
    return isAt(row, RebuildStage.STOPPING);
  }

  /** Whether it boots from its new disk. */
  boolean isBooting(VmRow row) {
    return isAt(row, RebuildStage.BOOTING);
  }

  /** Whether its new disk was verified or has failed, so that one of the disks is to go. */
  boolean isToEnd(VmRow row) {
    return isAt(row, RebuildStage.VERIFIED) || isAt(row, RebuildStage.UNDOING);
  }

  /** Its machine has ended: it is to boot from a new disk. */
  VmRow boot(VmRow row, Lease lease) {
    return lease.commitRebuild(
        now -> RebuildRows.booting(Rows.inBoot(now, clocks.boot()), of(now)),
        "boot from a new disk",
        clocks.now());
  }

  /** Every criterion was met. */
  VmRow verified(VmRow row) {
    return RebuildRows.ending(row, of(row).at(RebuildStage.VERIFIED));
  }

  /**
   * It is to go back to its old disk.
   *
   * @param why the failure with its diagnosis
   */
  VmRow failed(VmRow row, String why) {
    Rebuild rebuild = of(row);
    return RebuildRows.ending(
        row,
        rebuild.undoing(
            "It was not rebuilt with the image "
                + rebuild.name()
                + ", and has its old disk again. "
                + why));
  }

  /**
   * Removes the old disk or puts it back, and commits what the VM is then. To be repeated when it
   * throws.
   */
  VmRow end(VmRow row, Lease lease) {
    if (isAt(row, RebuildStage.VERIFIED)) {
      disks.dropAside(row.id());
      LOG.info("{}: rebuilt with the image {}", row.id(), of(row).name());
      VmRow done = RebuildRows.done(row);
      boolean isUp = row.step().equals(StepName.last().word());
      // After a reboot of the host it boots from its new disk as any other.
      return lease.commit(
          isUp ? Rows.readyAt(done, clocks.now()) : done, "the end of its rebuild", clocks.now());
    }
    machines.stop(VmWork.of(row));
    disks.putBack(row.id());
    LOG.warn("{}: {}", row.id(), of(row).failure());
    return lease.commitRebuild(
        now -> RebuildRows.undone(Rows.inBoot(now, clocks.boot()), of(now), keepFailed, clocks),
        "the end of its rebuild",
        clocks.now());
  }
}
