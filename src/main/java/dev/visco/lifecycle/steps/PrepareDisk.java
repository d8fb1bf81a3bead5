package dev.visco.lifecycle.steps;

import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.NextSizes;
import dev.visco.lifecycle.Outcome;
import dev.visco.lifecycle.Rows;
import dev.visco.lifecycle.Step;
import dev.visco.lifecycle.VmDisks;
import dev.visco.lifecycle.VmWork;
import dev.visco.lifecycle.VolumeAttachments;
import dev.visco.model.MachineSize;
import dev.visco.model.Rebuild;
import dev.visco.model.StepName;
import dev.visco.model.VmState;

/**
 * Makes the VM's folder, its keys and its disks, and attaches its volumes. In a rebuild its root
 * disk is put aside first and made anew from the new image. A size that was recorded for its next
 * boot is put in force. The volumes are detached only when every step is undone, so that its
 * machine has certainly ended.
 */
public final class PrepareDisk implements Step {
  private final VmDisks disks;
  private final VolumeAttachments volumes;
  private final Machines machines;
  private final NextSizes sizes;

  public PrepareDisk(VmDisks disks, VolumeAttachments volumes, Machines machines, NextSizes sizes) {
    this.disks = disks;
    this.volumes = volumes;
    this.machines = machines;
    this.sizes = sizes;
  }

  @Override
  public StepName name() {
    return StepName.PREPARE_DISK;
  }

  @Override
  public Outcome advance(VmWork asked) {
    if (Rows.isResuming(asked.row())) {
      disks.requireKept(asked); // All is as its guest knows it.
      return Outcome.Done.plain();
    }
    if (asked.row().launched() != null) {
      disks.unpack(asked); // First: what counts is compressed, until there is another disk.
    }
    boolean isRebuilt = asked.rebuild().filter(Rebuild::underWay).isPresent();
    VmWork work = asked.row().state() == VmState.STARTING ? sized(asked, isRebuilt) : asked;
    if (isRebuilt) {
      machines.stop(work); // That of a failed boot may still run.
      disks.putAside(work.id());
      disks.prepare(work);
    } else if (work.row().launched() == null) {
      disks.prepare(work);
    } else {
      disks.prepareAgain(work); // A disk that a guest has written to is never made again.
    }
    volumes.attach(work);
    return Outcome.Done.plain();
  }

  /** With the size that it is to boot with; its disk grows before that is recorded as done. */
  private VmWork sized(VmWork work, boolean isRebuilt) {
    MachineSize next = work.spec().machine().next();
    boolean isWritten = work.row().launched() != null && !isRebuilt;
    if (next != null && next.diskMib() != null && isWritten) {
      disks.requireKept(work);
      machines.stop(work);
      disks.grow(work, next.diskMib());
    }
    return sizes.atBoot(work);
  }

  @Override
  public void undo(VmWork work) {
    disks.remove(work.id());
  }
}
