package dev.visco.vmm;

import dev.visco.model.BootSpec;
import dev.visco.model.Transport;
import java.util.Set;

/** What a driver can do. */
public record Capabilities(Set<Transport> transports, Set<BootSpec.Format> diskFormats) {
  public Capabilities {
    transports = Set.copyOf(transports);
    diskFormats = Set.copyOf(diskFormats);
  }
}
