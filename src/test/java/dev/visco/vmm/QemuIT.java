package dev.visco.vmm;

import dev.visco.host.Host;
import dev.visco.model.Transport;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;

/** QEMU keeps the contract on both transports. */
class QemuIT {
  @Nested
  class OnMmio extends VmmContract {
    @Override
    Vmm vmm(Host host, Path cache) {
      return new Qemu(host, cache, "tcg");
    }

    @Override
    Transport transport() {
      return Transport.MMIO;
    }
  }

  @Nested
  class OnPci extends VmmContract {
    @Override
    Vmm vmm(Host host, Path cache) {
      return new Qemu(host, cache, "tcg");
    }

    @Override
    Transport transport() {
      return Transport.PCI;
    }
  }
}
