package dev.visco.lifecycle;

import dev.visco.model.Vm;
import dev.visco.model.VmId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Gives VMs new root disks of newer or other images. */
public interface RebuildService {
  /**
   * Records that a VM gets a new root disk, and returns at once. Its id, name, address, keys and
   * volumes stay; what its root disk holds is lost. It is verified as after its creation; when a
   * criterion is not met it goes back to the disk and the state that it had.
   *
   * @param image the image's name; null for that of the image that it has. The image that it has is
   *     no other disk than a fresh one.
   * @param force whether to boot it although the preflight objects
   * @param grace how long its guest has to shut down
   * @throws dev.visco.model.Refused when that cannot be; nothing has changed then
   */
  Vm rebuild(VmId id, @Nullable String image, boolean force, Duration grace);
}
