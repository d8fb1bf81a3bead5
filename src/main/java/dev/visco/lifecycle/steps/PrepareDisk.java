package dev.visco.lifecycle.steps;

import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.Outcome;
import dev.visco.lifecycle.Step;
import dev.visco.lifecycle.VmDisks;
import dev.visco.lifecycle.VmWork;
import dev.visco.lifecycle.VolumeAttachments;
import dev.visco.model.Rebuild;
import dev.visco.model.StepName;

/**
 * Makes the VM's folder, its keys and its disks, and attaches its volumes. In a rebuild its root
 * disk is put aside first and made anew from the new image. The volumes are detached only when
 * every step is undone, so that its machine has certainly ended.
 */
public final class PrepareDisk implements Step {
  private final VmDisks disks;
  private final VolumeAttachments volumes;
  private final Machines machines;

  public PrepareDisk(VmDisks disks, VolumeAttachments volumes, Machines machines) {
    this.disks = disks;
    this.volumes = volumes;
    this.machines = machines;
  }

  @Override
  public StepName name() {
    return StepName.PREPARE_DISK;
  }

  @Override
  public Outcome advance(VmWork work) {
    if (work.rebuild().filter(Rebuild::underWay).isPresent()) {
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

  @Override
  public void undo(VmWork work) {
    disks.remove(work.id());
  }
}
