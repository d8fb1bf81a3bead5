package dev.visco.lifecycle;

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
