package dev.visco.vmm;

import dev.visco.host.Host;
import dev.visco.model.BootSpec;
import dev.visco.model.InstallationId;
import dev.visco.model.VmId;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Machines of {@code qemu-system-x86_64}. */
public final class Qemu implements Vmm {
  /**
   * @param cache a folder for what is found once: the KVM probe's results
   * @param accelerator {@code auto}, {@code tcg} or {@code kvm}
   */
  public Qemu(Host host, Path cache, String accelerator) {}

  @Override
  public String name() {
    return "qemu";
  }

  @Override
  public Capabilities capabilities() {
    throw new UnsupportedOperationException();
  }

  @Override
  public String kernelCommandLine(BootSpec spec) {
    throw new UnsupportedOperationException();
  }

  @Override
  public MachineHandle launch(BootSpec spec) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<MachineHandle> recover(MachineRef ref) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Map<VmId, MachineRef> running(InstallationId installation) {
    throw new UnsupportedOperationException();
  }
}
