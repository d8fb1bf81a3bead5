package dev.visco.lifecycle;

/** Makes the VM's folder, its keys and its disks. */
final class PrepareDisk implements Step {
  private final Machinery machinery;

  PrepareDisk(Machinery machinery) {
    this.machinery = machinery;
  }

  @Override
  public String name() {
    return "prepare-disk";
  }

  @Override
  public Outcome advance(VmWork work) {
    machinery.prepareDisk(work);
    return Outcome.Done.plain();
  }

  @Override
  public void undo(VmWork work) {
    machinery.removeDisk(work.id());
  }
}
