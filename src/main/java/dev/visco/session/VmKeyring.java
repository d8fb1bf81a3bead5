package dev.visco.session;

import dev.visco.model.VmId;
import java.nio.file.Path;

/** The keys of all VMs. */
public interface VmKeyring {
  /** The keys of a VM, which may not be made yet. */
  VmKeys of(VmId vm);

  /**
   * Refuses a new VM whose keys could not be kept.
   *
   * @throws dev.visco.model.Refused with what can be done about it
   */
  default void requireRoomForKeys() {}

  /** Keys as files in the VMs' folders. */
  static VmKeyring inFolders(Path vms) {
    return vm -> new VmKeys(vms.resolve(vm.value()));
  }
}
