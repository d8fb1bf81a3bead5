package dev.visco.lifecycle;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.model.VolumeMount;
import dev.visco.model.VolumeState;
import dev.visco.store.VolumeRow;
import dev.visco.store.VolumeRows;

/**
 * Volumes on their way to a VM's machine and back. Whose a volume is was decided when the VM was
 * recorded; here its file goes to the machine and comes back, each safe to repeat.
 */
public final class VolumeAttachments {
  private final VolumeRows rows;
  private final VolumeStore files;

  public VolumeAttachments(VolumeRows rows, VolumeStore files) {
    this.rows = rows;
    this.files = files;
  }

  /**
   * Gives a VM's machine, which does not run, the files of its volumes; the home of a new user is
   * made now.
   *
   * @throws Refused when its row says that a volume is not its own (any more)
   */
  public void attach(VmWork work) {
    for (VolumeMount mount : work.spec().volumes()) {
      VolumeRow row =
          rows.find(mount.volume())
              .filter(one -> work.id().equals(one.vm()))
              .orElseThrow(() -> notItsOwn(work.id(), mount));
      if (row.state() == VolumeState.NEW) {
        files.make(row.id(), row.bytes());
        rows.ready(row.id());
      }
      files.lend(work, row.id(), row.bytes(), mount.readOnly());
    }
  }

  private static Refused notItsOwn(VmId id, VolumeMount mount) {
    return new Refused(
        new Refusal.Conflict(
            "The volume \""
                + mount.name()
                + "\" ("
                + mount.volume()
                + ") is not attached to "
                + id
                + " any more.",
            "Create a VM anew with the volumes that it is to have."));
  }

  /**
   * Takes back all that a VM had, whose machine has ended: the files first, so that no other VM
   * gets one that this machine's user may still open.
   */
  public void detach(VmId id) {
    for (VolumeRow row : rows.ofVm(id)) {
      if (row.state() == VolumeState.NEW) {
        files.remove(row.id()); // A home that was never in use: the next create begins it anew.
        rows.remove(row.id());
      } else {
        files.takeBack(row.id());
        rows.release(row.id(), id);
      }
    }
  }
}
