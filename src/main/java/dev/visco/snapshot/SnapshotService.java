package dev.visco.snapshot;

import dev.visco.model.Snapshot;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Holding VMs still and taking them back to an earlier moment. Every call throws {@link
 * dev.visco.model.Refused} for what cannot be.
 */
public interface SnapshotService {
  /** Holds a ready VM still; nothing happens when it is already. Its memory stays taken. */
  Vm pause(VmId id);

  /** Lets a paused VM go on, and sets its clock; nothing happens when it runs. */
  Vm resume(VmId id);

  /**
   * Writes a ready or paused VM down, memory, devices and disk. A ready one stands still meanwhile.
   *
   * @param name null for one that is made up
   */
  Snapshot create(VmId id, @Nullable String name);

  /** Newest first. */
  List<Snapshot> list();

  /** Removes it with its files; safe to repeat as long as it is there. */
  void remove(String name);

  /**
   * Records that its VM shall go back to it, and returns at once. The VM is then verified as after
   * a boot; what happened in it since the snapshot is lost.
   */
  Vm restore(String name);
}
