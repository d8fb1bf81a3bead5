package dev.visco.vmm;

import dev.visco.model.BootSpec;
import dev.visco.model.MachineOptions;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import java.util.Set;

/**
 * What a driver can do.
 *
 * @param options what it has of what {@link MachineOptions} can ask for
 */
public record Capabilities(
    Set<Transport> transports, Set<BootSpec.Format> diskFormats, Set<MachineOption> options) {
  public Capabilities {
    transports = Set.copyOf(transports);
    diskFormats = Set.copyOf(diskFormats);
    options = Set.copyOf(options);
  }

  /**
   * Refuses what this driver would have to leave out.
   *
   * @param name the driver's, as it stands in a sentence
   */
  public void require(MachineOptions wanted, String name) {
    for (MachineOption option : MachineOption.of(wanted)) {
      if (!options.contains(option)) {
        throw Refused.invalid(
            option.field(),
            "set",
            "asks for " + option.words() + ", which " + name + " does not have",
            "Leave it out, or choose a VMM release that has it.");
      }
    }
  }
}
