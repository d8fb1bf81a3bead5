package dev.visco.lifecycle.boot;

import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.Digest;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.network.Networks;
import dev.visco.network.SlotPlan;
import dev.visco.session.VmKeyring;
import dev.visco.session.VmKeys;
import java.nio.file.Path;

/**
 * A VM's row with everything that it refers to.
 *
 * @param image the image that it was made from, even if another one has its name now
 * @param plan its network slot
 * @param folder the VM's folder, which may not exist yet
 * @param keyring has the VM's keys
 */
public record BootContext(VmWork work, Image image, SlotPlan plan, Path folder, VmKeyring keyring) {
  /** One whose keys are in its folder. */
  BootContext(VmWork work, Image image, SlotPlan plan, Path folder) {
    this(work, image, plan, folder, vm -> new VmKeys(folder));
  }

  /** The VM's keys, which may not be made yet. */
  VmKeys keys() {
    return keyring.of(work.id());
  }

  VmId id() {
    return work.id();
  }

  VmSpec spec() {
    return work.spec();
  }

  /** The file of its serial console's output, see {@link dev.visco.vmm.ConsoleLogger}. */
  Path console() {
    return folder.resolve("console.log");
  }

  /**
   * Makes the context of a row.
   *
   * @param vms the folder that holds each VM's folder
   * @param keyring has the VMs' keys
   */
  public record Source(Path vms, Images images, Networks networks, VmKeyring keyring) {
    /** With keys as files in the VMs' folders. */
    public Source(Path vms, Images images, Networks networks) {
      this(vms, images, networks, VmKeyring.inFolders(vms));
    }

    /**
     * @param work a VM that has its slot
     * @throws dev.visco.model.Refused when it has none, or its image is gone
     */
    public BootContext of(VmWork work) {
      return new BootContext(
          work, image(work), networks.plan(work.slot()), folder(work.id()), keyring);
    }

    /** With the files of all volumes. */
    Path volumes() {
      return vms.resolveSibling("volumes");
    }

    Image image(VmWork work) {
      return images.byDigest(new Digest(work.row().image()));
    }

    Path folder(VmId id) {
      return vms.resolve(id.value());
    }
  }
}
