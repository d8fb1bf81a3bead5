package dev.visco.vmm;

import dev.visco.model.BootSpec;
import dev.visco.model.MachineOption;
import dev.visco.model.MachineOptions;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import java.util.Set;

/**
 * What a driver can do.
 *
 * @param packedKernels whether it boots a bzImage; Firecracker takes only an ELF file
 * @param options what of a VM type's machine options it can give; the rest is refused at create
 */
public record Capabilities(
    Set<Transport> transports,
    Set<BootSpec.DiskFormat> diskFormats,
    boolean packedKernels,
    Set<MachineOption> options) {
  public Capabilities {
    transports = Set.copyOf(transports);
    diskFormats = Set.copyOf(diskFormats);
    options = Set.copyOf(options);
  }

  /**
   * Refuses what this driver would have to leave out. A vsock is used where there is one, and so
   * never needed.
   *
   * @param name the driver's, as it stands in a sentence
   */
  public void require(MachineOptions wanted, String name) {
    for (MachineOption option : wanted.set()) {
      if (option != MachineOption.VSOCK && !options.contains(option)) {
        throw Refused.invalid(
            "vmType",
            "set",
            "asks for " + option.text() + ", which " + name + " does not have",
            "Leave it out of the VM type, or choose a VMM release that has it.");
      }
    }
  }
}
