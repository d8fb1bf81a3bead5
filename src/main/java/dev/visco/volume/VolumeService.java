package dev.visco.volume;

import dev.visco.model.UserId;
import dev.visco.model.Volume;
import dev.visco.model.VolumeName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Disks of users' own that outlive VMs. Each user has names of their own. Every call throws {@link
 * dev.visco.model.Refused} for what cannot be.
 */
public interface VolumeService {
  /**
   * Makes one, with an empty ext4 file system, and returns when it is whole.
   *
   * @param bytes its size, {@link Volume#MIN_BYTES} or more; it takes only what is written
   */
  Volume create(UserId owner, VolumeName name, long bytes);

  /**
   * By owner and name.
   *
   * @param owner null for everybody's
   */
  List<Volume> list(@Nullable UserId owner);

  Volume find(UserId owner, VolumeName name);

  /** Removes it with all that is in it; refused while a VM has it. */
  void remove(UserId owner, VolumeName name);
}
