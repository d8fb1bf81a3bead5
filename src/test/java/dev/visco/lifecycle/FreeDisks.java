package dev.visco.lifecycle;

import dev.visco.model.CloneDisk;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import java.nio.file.Path;

/**
 * Disks of clones that are copies of 40 MiB, of which a host has room for some.
 *
 * @param freeMib the room
 */
public record FreeDisks(long freeMib) implements CloneCosts {
  public static final FreeDisks PLENTY = new FreeDisks(1 << 20);

  @Override
  public DiskCost fromSnapshot(Path files) {
    return new DiskCost(CloneDisk.COPY, 40, 40);
  }

  @Override
  public DiskCost fromVm(VmId vm) {
    return new DiskCost(CloneDisk.LAYER, 0, 40);
  }

  @Override
  public void requireRoom(long snapshotMib, long diskMib) {
    if (snapshotMib + diskMib > freeMib) {
      throw new Refused(new Refusal.Conflict("There are " + freeMib + " MiB free.", "Free some."));
    }
  }
}
