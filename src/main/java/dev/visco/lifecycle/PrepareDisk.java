package dev.visco.lifecycle;

/** Makes the VM's folder, its keys and its disks. */
public final class PrepareDisk implements Step {
  private final VmDisks disks;

  public PrepareDisk(VmDisks disks) {
    this.disks = disks;
  }

  @Override
  public String name() {
    return "prepare-disk";
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
