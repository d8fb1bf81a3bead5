package dev.visco.vmm;

import dev.visco.model.BootSpec;
import dev.visco.model.MachineOption;
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
    Set<BootSpec.Format> diskFormats,
    boolean packedKernels,
    Set<MachineOption> options) {
  public Capabilities {
    transports = Set.copyOf(transports);
    diskFormats = Set.copyOf(diskFormats);
    options = Set.copyOf(options);
  }
}
