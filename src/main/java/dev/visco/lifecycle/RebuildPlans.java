package dev.visco.lifecycle;

import dev.visco.model.Rebuild;
import dev.visco.model.VmSpec;
import dev.visco.store.VmUsage;
import org.jspecify.annotations.Nullable;

/** What VMs come to be with other images, and whether they may. */
public interface RebuildPlans {
  /**
   * The rebuild of a VM, at its first stage.
   *
   * @param image the new image's name; null for that of the image that it has
   * @param force whether to boot it although the preflight objects
   * @throws dev.visco.model.Refused for an unknown image, one that the VM cannot boot, and when
   *     there is no room for a second disk
   */
  Rebuild plan(VmWork work, @Nullable String image, boolean force);

  /**
   * Refuses a disk that is larger than the owner or the host may have. Called inside the
   * transaction that records the rebuild.
   *
   * @param spec the VM's present one
   */
  void admit(VmSpec spec, Rebuild rebuild, VmUsage usage);
}
