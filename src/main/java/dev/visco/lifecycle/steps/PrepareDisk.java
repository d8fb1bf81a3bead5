package dev.visco.lifecycle.steps;

import dev.visco.lifecycle.Outcome;
import dev.visco.lifecycle.Step;
import dev.visco.lifecycle.VmDisks;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.StepName;

/** Makes the VM's folder, its keys and its disks. */
public final class PrepareDisk implements Step {
  private final VmDisks disks;

  public PrepareDisk(VmDisks disks) {
    this.disks = disks;
  }

  @Override
  public StepName name() {
    return StepName.PREPARE_DISK;
  }

  @Override
  public Outcome advance(VmWork work) {
    disks.prepare(work);
    return Outcome.Done.plain();
  }

  @Override
  public void undo(VmWork work) {
    disks.remove(work.id());
  }
}
