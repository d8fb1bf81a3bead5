package dev.visco.vmm;

import dev.visco.model.BootSpec;
import dev.visco.model.MachineOption;
import dev.visco.model.MachineOptions;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import java.util.Set;

/**
 * What a VMM release supports.
 *
 * @param packedKernels whether it boots a bzImage; Firecracker takes only an ELF file
 * @param options the machine options of a VM type that it supports; others are refused at create
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
   * Refuses options that it does not support, except vsock, which is used only where it exists.
   *
   * @param name the VMM's name for the message
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
